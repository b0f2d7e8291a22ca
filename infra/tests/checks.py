"""What must hold of the template. Each check returns what does not hold, in words; nothing when all is well."""

import json
import re

from template import REPOSITORY, Template, walk

SECRETS = {
    "JWT_SECRET",
    "JWT_SECRET_PREVIOUS",
    "PAYSTACK_SECRET_KEY",
    "TWILIO_ACCOUNT_SID",
    "TWILIO_AUTH_TOKEN",
    "KHAYA_TWILIO_API_KEY_SECRET",
    "KHAYA_TWILIO_API_KEY_SID",
    "KHAYA_METRICS_TOKEN",
}
# How the secrets of our providers look, and long random text.
SECRET_TEXT = re.compile(r"sk_(live|test)_\w+|\bAC[0-9a-f]{32}\b|\bSK[0-9a-f]{32}\b|\bAKIA[A-Z0-9]{16}\b|\b[A-Za-z0-9+/]{48,}={0,2}\b")


def listed(value) -> list:
    """A value, or each of several."""
    return value if isinstance(value, list) else [value]


# ------------------------------------------------------------------ alarms


def alarms_do_something(template: Template) -> list[str]:
    topics = {name for name in template.of_type("AWS::SNS::Topic")}
    heard = {
        subscription["Properties"]["TopicArn"]["Ref"]
        for subscription in template.of_type("AWS::SNS::Subscription").values()
        if "Condition" not in subscription
    }
    wrong = []
    for name, alarm in template.of_type("AWS::CloudWatch::Alarm").items():
        properties = alarm["Properties"]
        for kind in ("AlarmActions", "OKActions"):
            actions = [action.get("Ref") for action in properties.get(kind, [])]
            if not actions or not set(actions) <= topics & heard:
                wrong.append(f"{name}: {kind} does not name a topic that somebody hears")
        if properties.get("ActionsEnabled", True) is not True:
            wrong.append(f"{name}: its actions are switched off")
        if "TreatMissingData" not in properties:
            wrong.append(f"{name}: does not say what missing data mean")
    return wrong


def required_alarms_are_there(template: Template) -> list[str]:
    """What has to be watched, by what is measured."""
    required = {
        ("AWS/ApiGateway", "5xx"), ("AWS/ApiGateway", "4xx"), ("AWS/ApiGateway", "Latency"), ("AWS/ApiGateway", "IntegrationLatency"),
        ("AWS/Lambda", "Errors"), ("AWS/Lambda", "Throttles"), ("AWS/Lambda", "Duration"), ("AWS/Lambda", "IteratorAge"),
        ("AWS/Lambda", "ClaimedAccountConcurrency"),
        ("AWS/SQS", "ApproximateNumberOfMessagesVisible"), ("AWS/SQS", "ApproximateAgeOfOldestMessage"),
        ("AWS/DynamoDB", "ThrottledRequests"), ("AWS/DynamoDB", "ReadThrottleEvents"), ("AWS/DynamoDB", "WriteThrottleEvents"),
        ("AWS/DynamoDB", "SystemErrors"), ("AWS/DynamoDB", "TransactionConflict"), ("AWS/DynamoDB", "SuccessfulRequestLatency"),
        ("AWS/Events", "FailedInvocations"), ("AWS/Events", "InvocationsSentToDlq"), ("AWS/Events", "InvocationsFailedToBeSentToDlq"),
        ("AWS/Scheduler", "InvocationDroppedCount"), ("AWS/Scheduler", "InvocationsSentToDeadLetterCount"),
        ("AWS/Scheduler", "TargetErrorCount"),
        ("AWS/AppSync", "5XXError"), ("AWS/AppSync", "ConnectServerError"), ("AWS/AppSync", "SubscribeServerError"),
        ("AWS/AppSync", "DroppedEvents"),
        ("AWS/Bedrock", "InvocationThrottles"), ("AWS/Bedrock", "InvocationServerErrors"), ("AWS/Bedrock", "InvocationLatency"),
        ("AWS/Bedrock", "OutputTokenCount"),
        ("AWS/SES", "Reputation.BounceRate"), ("AWS/SES", "Reputation.ComplaintRate"),
        ("Khaya", "books_faults"), ("Khaya", "books_proof_age_seconds"), ("Khaya", "outbox_oldest_seconds"),
        ("Khaya", "outbox_parked_total"), ("Khaya", "charges_quarantined"), ("Khaya", "escrow_overdue"),
        ("Khaya", "khaya_webhook_signature_failures_total"), ("Khaya", "codes_sent_total"),
    }  # fmt: skip
    watched = {(namespace, name) for _, namespace, name, _ in measured(template)}
    return [f"nothing watches {name} of {namespace}" for namespace, name in sorted(required - watched)]


def functions_are_watched(template: Template) -> list[str]:
    """Errors, throttles and duration of every function, and the depth and age of every queue."""
    wrong = []
    seen = {(name, json.dumps(dimensions)) for _, _, name, dimensions in measured(template)}
    for function in template.of_type("AWS::Serverless::Function"):
        for metric in ("Errors", "Throttles", "Duration"):
            if not any(name == metric and f'"{function}"' in dimensions for name, dimensions in seen):
                wrong.append(f"{function}: nothing watches its {metric}")
    for queue in template.of_type("AWS::SQS::Queue"):
        for metric in ("ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage"):
            if not any(name == metric and f'"{queue}"' in dimensions for name, dimensions in seen):
                wrong.append(f"{queue}: nothing watches its {metric}")
    return wrong


def measured(template: Template):
    """Alarm, namespace, metric and dimensions of everything that an alarm looks at."""

    def name_of(value):
        return template.parameters[value["Ref"]]["Default"] if isinstance(value, dict) else value

    for alarm, resource in template.of_type("AWS::CloudWatch::Alarm").items():
        properties = resource["Properties"]
        metrics = [entry["MetricStat"]["Metric"] for entry in properties.get("Metrics", []) if "MetricStat" in entry]
        for metric in metrics or [properties]:
            namespace = metric["Namespace"]
            namespace = namespace if isinstance(namespace, str) else namespace["Fn::Sub"]
            yield alarm, namespace, name_of(metric["MetricName"]), metric.get("Dimensions", [])


def alarms_have_a_runbook(template: Template, operations: str) -> list[str]:
    headings = set(re.findall(r"^### `([a-z0-9-]+)`", operations, re.MULTILINE))
    names = {alarm["Properties"]["AlarmName"]["Fn::Sub"].removeprefix("khaya-${EnvironmentName}-") for alarm in
             template.of_type("AWS::CloudWatch::Alarm").values()}  # fmt: skip
    wrong = [f"docs/operations.md says nothing of the alarm {name}" for name in sorted(names - headings)]
    return wrong + [f"docs/operations.md has a section for {name}, which is no alarm" for name in sorted(headings - names)]


def own_figures_are_agreed(template: Template, operations: str) -> list[str]:
    """Every figure of ours that an alarm reads is in the table of docs/operations.md, said by that function."""
    agreed = {}
    for name, said_by in re.findall(r"^\| `([a-z_]+)` \| [a-z]+ \| ([a-z, ]+) \|", operations, re.MULTILINE):
        agreed[name] = set(said_by.split(", "))
    wrong = []
    for alarm, namespace, name, dimensions in measured(template):
        if namespace != "Khaya":
            continue
        services = [d["Value"]["Ref"].removesuffix("Function").lower() for d in dimensions if d["Name"] == "service"]
        if len(dimensions) != 1 or len(services) != 1:
            wrong.append(f"{alarm}: {name} must have the dimension service, and no other")
        elif services[0] not in agreed.get(name, set()):
            wrong.append(f"{alarm}: docs/operations.md does not say that {services[0]} tells {name}")
    return wrong


# ------------------------------------------------------------------ what fails


def failures_are_kept(template: Template) -> list[str]:
    """Every function, mapping, rule, bus and schedule names a queue of this template for what it could not do."""
    queues = set(template.of_type("AWS::SQS::Queue"))
    plain = template.plain["Resources"]

    def is_queue(arn) -> bool:
        return isinstance(arn, dict) and listed(arn.get("Fn::GetAtt", [""]))[0].split(".")[0] in queues

    wrong = []
    kept = {}
    for config in template.of_type("AWS::Lambda::EventInvokeConfig", plain=True).values():
        properties = config["Properties"]
        kept[properties["FunctionName"]["Ref"]] = properties.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
    for name, function in template.of_type("AWS::Lambda::Function", plain=True).items():
        if not is_queue(kept.get(name) or function["Properties"].get("DeadLetterConfig", {}).get("TargetArn")):
            wrong.append(f"{name}: what it could not do is lost")
        role = template.resources[function["Properties"]["Role"]["Fn::GetAtt"][0]]
        if "sqs:SendMessage" not in json.dumps(role):
            wrong.append(f"{name}: its role may not write to the queue")
    for name, mapping in template.of_type("AWS::Lambda::EventSourceMapping", plain=True).items():
        properties = mapping["Properties"]
        if not is_queue(properties.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")):
            wrong.append(f"{name}: records that fail for good are lost")
        if properties.get("FunctionResponseTypes") != ["ReportBatchItemFailures"]:
            wrong.append(f"{name}: one record fails the whole batch")
        if properties.get("BisectBatchOnFunctionError") is not True:
            wrong.append(f"{name}: a batch that fails is not divided")
        if properties.get("StartingPosition") != "TRIM_HORIZON":
            wrong.append(f"{name}: records from before the mapping was made are missed")
        if properties.get("MaximumRetryAttempts", -1) < 0 or properties.get("MaximumRecordAgeInSeconds", -1) < 0:
            wrong.append(f"{name}: one record can block the shard until it expires")
    targets = [(name, target) for name, rule in plain.items() if rule["Type"] == "AWS::Events::Rule"
               for target in rule["Properties"]["Targets"]]  # fmt: skip
    targets += [(name, schedule["Properties"]["Target"]) for name, schedule in plain.items()
                if schedule["Type"] == "AWS::Scheduler::Schedule"]  # fmt: skip
    for name, target in targets:
        if not is_queue(target.get("DeadLetterConfig", {}).get("Arn")):
            wrong.append(f"{name}: what cannot be handed over is lost")
        if set(target.get("RetryPolicy", {})) != {"MaximumRetryAttempts", "MaximumEventAgeInSeconds"}:
            wrong.append(f"{name}: how often and how long it is tried is not said")
    for name, bus in template.of_type("AWS::Events::EventBus").items():
        if not is_queue(bus["Properties"].get("DeadLetterConfig", {}).get("Arn")):
            wrong.append(f"{name}: what cannot be handed over is lost")
    return wrong


# ------------------------------------------------------------------ permissions


def statements(template: Template):
    """Every statement of every policy, with the resource that holds it."""
    for name, resource in template.resources.items():
        for value in walk(resource):
            if isinstance(value, dict) and "Effect" in value:
                yield name, value
        if resource["Type"] == "AWS::Logs::ResourcePolicy":
            text = resource["Properties"]["PolicyDocument"]["Fn::Sub"]
            for statement in json.loads(text)["Statement"]:
                yield name, statement


def resources_of(statement: dict) -> list[str]:
    """The text of each resource that a statement names, whatever function puts it together."""
    texts = []
    for value in walk(statement.get("Resource", [])):
        if isinstance(value, str):
            texts.append(value)
    return texts


def wildcards_are_defended(template: Template) -> list[str]:
    """Every resource with a wildcard stands below a comment that begins with "Wildcard:"."""
    used = [(name, text) for name, statement in statements(template) for text in resources_of(statement) if "*" in text]
    lines = template.source.splitlines()
    defended = 0
    wrong = []
    for number, line in enumerate(lines):
        if not re.search(r"Wildcard: \S+ \S+", line) or not line.lstrip().startswith("#"):
            continue
        # What is defended stands right below, at most a few lines of one value.
        if any("*" in below for below in lines[number + 1 : number + 10]):
            defended += 1
        else:
            wrong.append(f"line {number + 1} defends nothing")
    if len(used) != defended:
        wrong.append(f"{len(used)} wildcards, and {defended} comments that defend one: {used}")
    for name, statement in statements(template):
        for text in resources_of(statement):
            if text == "*" and statement["Effect"] == "Allow" and not free_of_resources(statement):
                wrong.append(f"{name}: {statement['Action']} is allowed on everything")
    return wrong


def free_of_resources(statement: dict) -> bool:
    """Whether AWS itself knows no resources for these actions."""
    return set(listed(statement["Action"])) <= {"xray:PutTraceSegments", "xray:PutTelemetryRecords", "dynamodb:ListStreams"}


def actions_are_named(template: Template) -> list[str]:
    wrong = []
    for name, statement in statements(template):
        if statement["Effect"] == "Allow":
            wrong += [f"{name}: allows {action}" for action in listed(statement.get("Action", "*")) if "*" in action]
            if "NotAction" in statement or "NotResource" in statement or "NotPrincipal" in statement:
                wrong.append(f"{name}: allows what it does not name")
    return wrong


def each_function_has_a_role_of_its_own(template: Template) -> list[str]:
    wrong, seen = [], {}
    for name, function in template.of_type("AWS::Serverless::Function").items():
        role = function["Properties"].get("Role", {}).get("Fn::GetAtt")
        role = role if isinstance(role, str) or role is None else role[0]
        if role is None or "Policies" in function["Properties"]:
            wrong.append(f"{name}: SAM makes its role, which may write to every log")
        elif role in seen:
            wrong.append(f"{name}: shares a role with {seen[role]}")
        seen[role] = name
    arns = [text for name, role in template.of_type("AWS::IAM::Role").items()
            for text in walk(role["Properties"].get("ManagedPolicyArns", [])) if isinstance(text, str) and "arn:" in text]  # fmt: skip
    return wrong + [f"a policy that somebody else writes is attached: {arn}" for arn in arns]


def allowed_to(template: Template, role: str) -> set[str]:
    """Every action that a role allows, by policies of its own and by those of this template that are attached."""
    policies = [template.resources[role]["Properties"].get("Policies", [])]
    for value in walk(template.resources[role]["Properties"].get("ManagedPolicyArns", [])):
        if isinstance(value, dict) and value.get("Ref") in template.resources:
            policies.append(template.resources[value["Ref"]])
    allowed = [value for value in walk(policies) if isinstance(value, dict) and value.get("Effect") == "Allow"]
    return {action for statement in allowed for action in listed(statement["Action"])}


def functions_may_do_what_they_are_set_to(template: Template) -> list[str]:
    """Emulators look at no permission: what the program calls, by its settings, is compared with what the function's role allows."""
    # A token of the user pool makes or renews a session, whoever is shown it first.
    everybody = {"dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:ConditionCheckItem"}
    by_setting = {("KHAYA_LIVE", "appsync"): {"appsync:EventPublish"}}
    wrong = []
    for name, function in template.of_type("AWS::Serverless::Function").items():
        role = listed(function["Properties"]["Role"]["Fn::GetAtt"])[0].split(".")[0]
        variables = function["Properties"].get("Environment", {}).get("Variables", {})
        needed = set(everybody)
        for (variable, value), actions in by_setting.items():
            if variables.get(variable) == value:
                needed |= actions
        wrong += [f"{name}: calls {action}, and its role does not allow it" for action in sorted(needed - allowed_to(template, role))]
    return wrong


def outsiders_are_limited(template: Template) -> list[str]:
    """Whoever outside a role is allowed something is a service, with a condition on where it comes from. An empty stream may be made."""
    wrong = []
    for name, statement in statements(template):
        principal = statement.get("Principal")
        if principal is None or statement["Effect"] != "Allow" or statement.get("Action") == "sts:AssumeRole":
            continue
        if not isinstance(principal, dict) or set(principal) != {"Service"}:
            wrong.append(f"{name}: allows {principal}")
        elif "Condition" not in statement and statement["Action"] != "logs:CreateLogStream":
            wrong.append(f"{name}: allows {principal['Service']} for anybody's sake")
    for name, permission in template.of_type("AWS::Lambda::Permission", plain=True).items():
        if "SourceArn" not in permission["Properties"]:
            wrong.append(f"{name}: may be called for anybody's sake")
    return wrong


# ------------------------------------------------------------------ what is kept


def no_bucket_is_public(template: Template) -> list[str]:
    wrong = []
    policies = {policy["Properties"]["Bucket"]["Ref"]: policy for policy in template.of_type("AWS::S3::BucketPolicy").values()}
    for name, bucket in template.of_type("AWS::S3::Bucket").items():
        properties = bucket["Properties"]
        block = properties.get("PublicAccessBlockConfiguration", {})
        for setting in ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"):
            if block.get(setting) is not True:
                wrong.append(f"{name}: {setting} is not on")
        if "AccessControl" in properties or "WebsiteConfiguration" in properties:
            wrong.append(f"{name}: has an access control list or is a web site")
        if {"ObjectOwnership": "BucketOwnerEnforced"} not in properties.get("OwnershipControls", {}).get("Rules", []):
            wrong.append(f"{name}: access control lists are not switched off")
        if "BucketEncryption" not in properties:
            wrong.append(f"{name}: does not say how it is encrypted")
        rules = {rule.get("Prefix"): rule for rule in properties.get("LifecycleConfiguration", {}).get("Rules", [])}
        if rules.get("arrived/", {}).get("ExpirationInDays") != 2:
            wrong.append(f"{name}: what arrived is not removed after two days")
        if "ExpirationInDays" in rules.get("kept/", {"ExpirationInDays": 0}):
            wrong.append(f"{name}: kept files are removed, or have no rule")
        document = policies.get(name, {"Properties": {"PolicyDocument": {"Statement": []}}})["Properties"]["PolicyDocument"]
        denies = [s for s in document["Statement"] if s["Effect"] == "Deny" and s["Principal"] == "*" and s["Action"] == "s3:*"]
        if not any(s.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}} for s in denies):
            wrong.append(f"{name}: answers without encryption")
        if any(s["Effect"] == "Allow" for s in document["Statement"]):
            wrong.append(f"{name}: its policy allows something to somebody")
    return wrong


def everything_has_a_retention(template: Template) -> list[str]:
    wrong = []
    plain = template.plain["Resources"]
    for name, resource in plain.items():
        properties = resource.get("Properties", {})
        kind = resource["Type"]
        if kind == "AWS::Logs::LogGroup" and "RetentionInDays" not in properties:
            wrong.append(f"{name}: its lines are kept for ever")
        if kind == "AWS::SQS::Queue" and properties.get("MessageRetentionPeriod") != 1209600:
            wrong.append(f"{name}: forgets before 14 days")
        if kind == "AWS::Events::Archive" and "RetentionDays" not in properties:
            wrong.append(f"{name}: keeps events for ever")
        if kind == "AWS::Lambda::Function":
            group = properties.get("LoggingConfig", {}).get("LogGroup", {}).get("Ref")
            if plain.get(group, {}).get("Type") != "AWS::Logs::LogGroup":
                wrong.append(f"{name}: writes to a log group that AWS makes, which keeps for ever")
    for name in ("AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::Cognito::UserPool"):
        for kept, resource in template.of_type(name).items():
            if resource.get("DeletionPolicy") not in ("Retain", "RetainExceptOnCreate") or resource.get("UpdateReplacePolicy") != "Retain":
                wrong.append(f"{kept}: goes with the stack")
    return wrong


def secrets_are_named_only(template: Template) -> list[str]:
    wrong = []
    for name, function in template.of_type("AWS::Lambda::Function", plain=True).items():
        variables = function["Properties"].get("Environment", {}).get("Variables", {})
        wrong += [f"{name}: {variable} is in its environment" for variable in sorted(SECRETS & set(variables))]
        if variables.get("KHAYA_SECRETS") != {"Ref": "SecretsArn"}:
            wrong.append(f"{name}: does not know the secret")
        if "{{resolve:" in json.dumps(variables):
            wrong.append(f"{name}: CloudFormation would write a secret into its environment")
    for name, parameter in template.parameters.items():
        if parameter.get("NoEcho") or re.search(r"(Secret|Token|Password|ApiKey)$", name):
            wrong.append(f"{name}: a secret would be passed as a parameter")
    wrong += [f"the text holds what looks like a secret: {found[:12]}..." for found in
              (match.group() for match in SECRET_TEXT.finditer(template.source))]  # fmt: skip
    return wrong


# ------------------------------------------------------------------ what the program expects


def functions_are_built_and_run_alike(template: Template) -> list[str]:
    binaries = {"api", "dispatch", "tick", "authorizer"}
    wrong, found = [], set()
    common = template.data["Globals"]["Function"]
    for name, function in template.of_type("AWS::Serverless::Function").items():
        properties = {**common, **function["Properties"]}
        metadata = function.get("Metadata", {})
        binary = metadata.get("BuildProperties", {}).get("Binary", "")
        found.add(binary.removeprefix("khaya-lambda-"))
        expected = {"Runtime": "provided.al2023", "Handler": "bootstrap", "Architectures": ["arm64"], "Tracing": "Active", "CodeUri": "../khaya-lambda"}
        wrong += [f"{name}: {key} is not {value}" for key, value in expected.items() if properties.get(key) != value]
        if metadata.get("BuildMethod") != "rust-cargolambda":
            wrong.append(f"{name}: is not built by rust-cargolambda")
    return wrong + ([f"the binaries are {sorted(found)}"] if found != binaries else [])


def the_table_is_the_programs(template: Template) -> list[str]:
    """Keys, indexes and what they show, against what the adapter says in Rust."""
    item = (REPOSITORY / "khaya-adapters-aws/src/table/item.rs").read_text(encoding="utf-8")
    constants = dict(re.findall(r'const ([A-Z]+): &str = "(\w+)";', item))
    indexes = re.findall(r'name: "(\w+)", partition: "(\w+)", sort: "(\w+)"', item)
    key = lambda partition, sort: [  # noqa: E731
        {"AttributeName": partition, "KeyType": "HASH"},
        {"AttributeName": sort, "KeyType": "RANGE"},
    ]
    shown = {"ProjectionType": "INCLUDE", "NonKeyAttributes": [constants["KIND"], constants["SUMMARY"]]}
    table = template.resources["Table"]["Properties"]
    expected = {
        "BillingMode": "PAY_PER_REQUEST",
        "DeletionProtectionEnabled": True,
        "KeySchema": key(constants["PARTITION"], constants["SORT"]),
        "GlobalSecondaryIndexes": [{"IndexName": n, "KeySchema": key(p, s), "Projection": shown} for n, p, s in indexes],
        "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
        "TimeToLiveSpecification": {"AttributeName": constants["EXPIRY"], "Enabled": True},
    }
    wrong = [f"the table's {name} is not what the program needs" for name, value in expected.items() if table.get(name) != value]
    if table.get("PointInTimeRecoverySpecification", {}).get("PointInTimeRecoveryEnabled") is not True:
        wrong.append("the table cannot be restored")
    source = (REPOSITORY / "khaya-adapters-aws/src/table/vectors.rs").read_text(encoding="utf-8")
    names = dict(re.findall(r'const ([A-Z]+): &str = "(\w+)";', source))
    [named] = re.findall(r"const NAMED: \[&str; \d+\] = \[([A-Z, ]+)\];", source)
    searched = [names[constant] for constant in named.split(", ")]
    [vectors] = table.get("VectorIndexes", [{}])
    expected = {
        "IndexName": names["SEARCH"],
        "VectorAttribute": {"AttributeName": names["VECTOR"]},
        "Dimensions": int(re.search(r"const DIMENSIONS: i64 = (\d+);", source).group(1)),
        "DistanceFunction": "COSINE",
        "SearchSchema": [
            {"AttributeName": name, "SearchSchemaElementType": "HASH" if name == names["SCOPE"] else "INLINE_FILTER"} for name in searched
        ],
        "Projection": shown,
    }
    wrong += [f"the vector index's {name} is not what the program needs" for name, value in expected.items() if vectors.get(name) != value]
    allowed = [statement for statement in template.resources["TablePolicy"]["Properties"]["PolicyDocument"]["Statement"] if statement["Action"] == "dynamodb:SearchVectors"]
    if len(allowed) != 1 or str(allowed[0]["Resource"]).count(f"/index/{names['SEARCH']}'") != 2:
        wrong.append("the vector index may not be searched")
    defined = {attribute["AttributeName"] for attribute in table["AttributeDefinitions"]}
    if not set(searched) <= defined:
        wrong.append("the vector index searches by what is not defined")
    return wrong


def the_stream_wakes_for_new_events_only(template: Template) -> list[str]:
    record = (REPOSITORY / "khaya-app/src/records/outbox.rs").read_text(encoding="utf-8")
    kind = re.search(r'const KIND: &\'static str = "(\w+)"', record).group(1)
    prefix = re.search(r'format!\("(OB#)\{shard', record).group(1)
    expected = {"eventName": ["INSERT"], "dynamodb": {"Keys": {"PK": {"S": [{"prefix": prefix}]}}, "NewImage": {"et": {"S": [kind]}}}}
    wrong = []
    for name, mapping in template.of_type("AWS::Lambda::EventSourceMapping", plain=True).items():
        filters = mapping["Properties"].get("FilterCriteria", {}).get("Filters", [])
        if [json.loads(entry["Pattern"]) for entry in filters] != [expected]:
            wrong.append(f"{name}: is not filtered on new events of the outbox")
    return wrong


def rules_name_real_events(template: Template) -> list[str]:
    names = set(re.findall(r'=> "(\w+)",', (REPOSITORY / "khaya-app/src/outbox/event.rs").read_text(encoding="utf-8")))
    wrong = []
    for name, rule in template.of_type("AWS::Events::Rule").items():
        pattern = rule["Properties"]["EventPattern"]
        if pattern.get("source") != ["khaya"]:
            wrong.append(f"{name}: listens to somebody else")
        wrong += [f"{name}: there is no event {event}" for event in pattern.get("detail-type", []) if event not in names]
    return wrong


def settings_are_known(template: Template, documents: str) -> list[str]:
    """Every variable that a function gets is in the documents, so that the program and the template agree on it."""
    wrong = set()
    for function in template.of_type("AWS::Lambda::Function", plain=True).values():
        for variable in function["Properties"]["Environment"]["Variables"]:
            if f"`{variable}`" not in documents:
                wrong.add(f"{variable} is in no document")
    return sorted(wrong)


def parameters_are_explained(template: Template, example: str) -> list[str]:
    """What has no usual value stands in the example of the settings, and nothing stands there that is no parameter."""
    named = set(re.findall(r"^#? ?([A-Z][A-Za-z]+)=", example, re.MULTILINE))
    must = {name for name, parameter in template.parameters.items() if "Default" not in parameter}
    wrong = [f"{name} has no usual value and is not in the example" for name in sorted(must - named)]
    wrong += [f"{name} is in the example and no parameter" for name in sorted(named - set(template.parameters))]
    return wrong + [f"{name} is not described" for name, parameter in template.parameters.items() if not parameter.get("Description")]
