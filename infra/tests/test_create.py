"""The template as SAM's translator makes it plain, created in moto where moto can; then asked what it has become.

moto checks shapes and references, and not permissions or limits, and forgets some properties (tracing, architecture, a bucket's
lifecycle and block on public access): what stands here does not show that AWS accepts it. test_template.py reads those.
"""

import io
import json
import zipfile
from collections import Counter

import boto3
import pytest
from moto import mock_aws
from moto.cloudformation.parsing import get_model_map

import template as templates

REGION = "af-south-1"

# What moto has a name for and cannot make: it is left out by name, with the reason.
LEFT_OUT = {}


def as_moto_wants_it(resource: dict) -> dict:
    """moto reads a few properties otherwise than CloudFormation does."""
    properties = resource["Properties"]
    if resource["Type"] == "AWS::Events::Archive":
        properties["EventPattern"] = json.dumps(properties["EventPattern"])
    if resource["Type"] == "AWS::Events::Rule":
        resource["DependsOn"] = ["Bus"]
    return resource


def stands_in(value, missing: set[str]):
    """A value in which references to resources that moto cannot create are made-up texts."""
    if isinstance(value, list):
        return [stands_in(part, missing) for part in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"Ref"} and value["Ref"] in missing:
        return f"made-up-{value['Ref']}"
    if value == {"Ref": "Bus"}:  # moto would put its own object there, and not the name
        return "khaya-production"
    if set(value) == {"Fn::GetAtt"}:
        path = value["Fn::GetAtt"]
        name = path[0] if isinstance(path, list) else path.split(".")[0]
        if name in missing:
            return f"arn:aws:made-up:{REGION}:123456789012:{name}"
    if set(value) == {"Fn::Sub"}:
        text, names = (value["Fn::Sub"], {}) if isinstance(value["Fn::Sub"], str) else value["Fn::Sub"]
        for name in missing:
            for part in ("", ".Arn", ".ApiId", *(f".DkimDNSToken{kind}{n}" for kind in ("Name", "Value") for n in (1, 2, 3))):
                text = text.replace("${" + name + part + "}", f"made-up-{name}")
        return {"Fn::Sub": [text, stands_in(names, missing)] if names else text}
    return {key: stands_in(part, missing) for key, part in value.items()}


@pytest.fixture(scope="module")
def created():
    plain = templates.read().plain
    known = set(get_model_map())
    missing = {name for name, resource in plain["Resources"].items() if resource["Type"] not in known or resource["Type"] in LEFT_OUT}
    kept = {name: as_moto_wants_it(resource) for name, resource in plain["Resources"].items() if name not in missing}
    for resource in kept.values():
        if isinstance(resource.get("DependsOn"), list):
            resource["DependsOn"] = [name for name in resource["DependsOn"] if name not in missing]
    rules = plain.pop("Rules", None)  # moto does not know them; CloudFormation does, and so does the lint
    assert rules, "the template has lost its rules"
    body = {**plain, "Resources": stands_in(kept, missing), "Outputs": stands_in(plain["Outputs"], missing)}
    with mock_aws(config={"lambda": {"use_docker": False}}):
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as file:
            file.writestr("bootstrap", "")
        store = boto3.client("s3")
        store.create_bucket(Bucket="artifacts", CreateBucketConfiguration={"LocationConstraint": REGION})
        store.put_object(Bucket="artifacts", Key="khaya.zip", Body=archive.getvalue())
        stacks = boto3.client("cloudformation")
        parameters = [{"ParameterKey": name, "ParameterValue": value} for name, value in templates.ANSWERS.items()]
        stacks.create_stack(StackName="khaya", TemplateBody=json.dumps(body), Parameters=parameters, Capabilities=["CAPABILITY_IAM"])
        [stack] = stacks.describe_stacks(StackName="khaya")["Stacks"]
        made = stacks.list_stack_resources(StackName="khaya")
        resources = made["StackResourceSummaries"]
        while "NextToken" in made:
            made = stacks.list_stack_resources(StackName="khaya", NextToken=made["NextToken"])
            resources += made["StackResourceSummaries"]
        # What a condition leaves out is not expected: a domain of its own, a model, a key of its own.
        absent = {name for name, r in kept.items() if r.get("Condition") in ("HasDomain", "HasSecretsKey", "SeesBedrock", "AsksBedrock")}
        yield {
            "stack": stack,
            "made": {resource["LogicalResourceId"]: kept[resource["LogicalResourceId"]]["Type"] for resource in resources if resource["LogicalResourceId"]},
            "expected": set(kept) - absent,
            "missing": Counter(plain["Resources"][name]["Type"] for name in missing),
            "outputs": {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]},
        }


def test_what_moto_can_create_is_created(created, capsys):
    kinds = Counter(created["made"].values())
    with capsys.disabled():
        print(f"\n  created in moto: {sum(kinds.values())} resources of {len(kinds)} types")
        for kind, count in sorted(kinds.items()):
            print(f"    {count:3} {kind}")
        print(f"  moto cannot create: {sum(created['missing'].values())} resources of {len(created['missing'])} types")
        for kind, count in sorted(created["missing"].items()):
            print(f"    {count:3} {kind}{': ' + LEFT_OUT[kind] if kind in LEFT_OUT else ''}")
    assert created["stack"]["StackStatus"] == "CREATE_COMPLETE"
    assert created["expected"] - set(created["made"]) == set()


def test_the_table_serves_as_the_program_expects(created):
    client = boto3.client("dynamodb")
    table = client.describe_table(TableName="khaya-production")["Table"]
    assert [key["AttributeName"] for key in table["KeySchema"]] == ["PK", "SK"]
    assert sorted(index["IndexName"] for index in table["GlobalSecondaryIndexes"]) == ["GSI1", "GSI2", "GSI3"]
    assert table["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    assert table["DeletionProtectionEnabled"] is True
    client.put_item(TableName="khaya-production", Item={"PK": {"S": "OB#00"}, "SK": {"S": "1"}, "GSI1PK": {"S": "a"}, "GSI1SK": {"S": "b"}})
    found = client.query(
        TableName="khaya-production", IndexName="GSI1", KeyConditionExpression="GSI1PK = :a", ExpressionAttributeValues={":a": {"S": "a"}}
    )
    assert found["Count"] == 1


def test_the_functions_know_what_they_work_with(created):
    client = boto3.client("lambda")
    for name in ("api", "dispatch", "tick"):
        function = client.get_function_configuration(FunctionName=f"khaya-production-{name}")
        assert function["Runtime"] == "provided.al2023"
        variables = function["Environment"]["Variables"]
        assert variables["DYNAMODB_TABLE"] == "khaya-production"
        assert variables["KHAYA_FILES_BUCKET"] == created["outputs"]["FilesBucket"]
        assert variables["KHAYA_EVENT_BUS"] == "khaya-production"
        assert variables["KHAYA_SECRETS"] == templates.ANSWERS["SecretsArn"]
    [mapping] = client.list_event_source_mappings(FunctionName="khaya-production-dispatch")["EventSourceMappings"]
    assert "khaya-production/stream/" in mapping["EventSourceArn"]


def test_a_dispute_is_handed_to_the_desk_and_tried_for_a_day(created):
    client = boto3.client("events")
    rules = {rule["Name"]: rule for rule in client.list_rules(EventBusName="khaya-production")["Rules"]}
    assert "disputeRaised" in json.loads(rules["khaya-production-desk"]["EventPattern"])["detail-type"]
    [target] = client.list_targets_by_rule(Rule="khaya-production-desk", EventBusName="khaya-production")["Targets"]
    assert target["RetryPolicy"] == {"MaximumRetryAttempts": 60, "MaximumEventAgeInSeconds": 86400}
    assert target["DeadLetterConfig"]["Arn"].endswith(":khaya-production-bus-failures")


def test_every_alarm_is_accepted_by_the_api_of_cloudwatch(created):
    """moto's CloudFormation knows no alarms, its CloudWatch does: each goes there, with its references made up."""
    client = boto3.client("cloudwatch")
    template = templates.read()
    defaults = {name: parameter.get("Default", "text") for name, parameter in template.parameters.items()}

    def plain(value):
        if isinstance(value, list):
            return [plain(part) for part in value]
        if not isinstance(value, dict):
            return value
        if "Ref" in value:
            return defaults.get(value["Ref"], f"arn:aws:sns:{REGION}:123456789012:{value['Ref']}")
        if "Fn::GetAtt" in value:
            return "made-up"
        if "Fn::If" in value:
            return plain(value["Fn::If"][2])
        if "Fn::Sub" in value:
            text = value["Fn::Sub"]
            for name, default in defaults.items():
                text = text.replace("${" + name + "}", str(default))
            return text
        return {key: plain(part) for key, part in value.items()}

    alarms = template.of_type("AWS::CloudWatch::Alarm")
    for alarm in alarms.values():
        client.put_metric_alarm(**{**plain(alarm["Properties"]), "Threshold": float(plain(alarm["Properties"]["Threshold"]))})
    known = [alarm for page in client.get_paginator("describe_alarms").paginate() for alarm in page["MetricAlarms"]]
    assert len(known) == len(alarms) == len({alarm["AlarmName"] for alarm in known})
    # No figure of an alarm is left out of its formula.
    for name, alarm in alarms.items():
        metrics = alarm["Properties"].get("Metrics", [])
        for metric in metrics:
            formulas = [json.dumps(entry["Expression"]) for entry in metrics if "Expression" in entry]
            assert "Expression" in metric or any(metric["Id"] in formula for formula in formulas), f"{name}: {metric['Id']} is not used"
