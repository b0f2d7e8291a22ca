"""Each check finds nothing in the template, and finds what is wrong in a copy that was broken for it."""

import pytest

import checks
import template as templates

TEMPLATE = templates.read()
OPERATIONS = (templates.REPOSITORY / "docs/operations.md").read_text(encoding="utf-8")
RUNNING = (templates.REPOSITORY / "docs/running.md").read_text(encoding="utf-8")
EXAMPLE = (templates.REPOSITORY / "infra/settings.example").read_text(encoding="utf-8")

CHECKS = {
    checks.alarms_do_something: [],
    checks.required_alarms_are_there: [],
    checks.functions_are_watched: [],
    checks.alarms_have_a_runbook: [OPERATIONS],
    checks.own_figures_are_agreed: [OPERATIONS],
    checks.failures_are_kept: [],
    checks.wildcards_are_defended: [],
    checks.actions_are_named: [],
    checks.each_function_has_a_role_of_its_own: [],
    checks.functions_may_do_what_they_are_set_to: [],
    checks.outsiders_are_limited: [],
    checks.no_bucket_is_public: [],
    checks.everything_has_a_retention: [],
    checks.secrets_are_named_only: [],
    checks.functions_are_built_and_run_alike: [],
    checks.the_table_is_the_programs: [],
    checks.the_stream_wakes_for_new_events_only: [],
    checks.rules_name_real_events: [],
    checks.settings_are_known: [OPERATIONS + RUNNING],
    checks.parameters_are_explained: [EXAMPLE],
}

# What is broken, as the text that is replaced and what stands there instead, and what must be said of it.
BROKEN = [
    (checks.alarms_do_something, "      AlarmActions: [!Ref Page]\n", "", "does not name a topic"),
    (checks.alarms_do_something, "      AlarmActions: [!Ref Page]\n", "      AlarmActions: [!Ref Desk]\n", "does not name a topic"),
    (checks.alarms_do_something, "      TreatMissingData: breaching\n", "", "missing data"),
    (checks.required_alarms_are_there, "MetricName: books_faults", "MetricName: books_fault", "nothing watches books_faults"),
    (checks.required_alarms_are_there, "MetricName: charges_quarantined", "MetricName: refunds_stuck", "charges_quarantined"),
    (checks.required_alarms_are_there, "MetricName: IntegrationLatency", "MetricName: Latency", "IntegrationLatency"),
    (checks.functions_are_watched, "FunctionName, Value: !Ref AuthorizerFunction", "FunctionName, Value: !Ref ApiFunction", "AuthorizerFunction"),
    (checks.functions_are_watched, "!GetAtt ClockFailures.QueueName", "!GetAtt BusFailures.QueueName", "ClockFailures"),
    (checks.alarms_have_a_runbook, "${EnvironmentName}-books-faults", "${EnvironmentName}-ledger", "ledger"),
    (checks.own_figures_are_agreed, "MetricName: escrow_overdue", "MetricName: escrow_late", "escrow_late"),
    (checks.own_figures_are_agreed, "Name: service, Value: !Ref TickFunction", "Name: service, Value: !Ref ApiFunction", "does not say that api"),
    (checks.failures_are_kept, "          OnFailure: { Type: SQS, Destination: !GetAtt CallFailures.Arn }", "          OnSuccess: { Type: SQS, Destination: !GetAtt CallFailures.Arn }", "what it could not do is lost"),
    (checks.failures_are_kept, "              OnFailure: { Type: SQS, Destination: !GetAtt StreamFailures.Arn }", "              OnFailure: { Type: SNS, Destination: !Ref Page }", "records that fail"),
    (checks.failures_are_kept, "FunctionResponseTypes: [ReportBatchItemFailures]", "FunctionResponseTypes: []", "fails the whole batch"),
    (checks.failures_are_kept, "StartingPosition: TRIM_HORIZON", "StartingPosition: LATEST", "are missed"),
    (checks.failures_are_kept, "            MaximumRetryAttempts: 8\n", "", "block the shard"),
    (checks.failures_are_kept, "          DeadLetterConfig: { Arn: !GetAtt BusFailures.Arn }\n", "", "handed over is lost"),
    (checks.failures_are_kept, "        DeadLetterConfig: { Arn: !GetAtt ClockFailures.Arn }\n", "", "TickSchedule"),
    (checks.wildcards_are_defended, "!Sub ${Table.Arn}/index/GSI1", "!Sub ${Table.Arn}/index/*", "wildcards"),
    (checks.wildcards_are_defended, "# Wildcard: X-Ray knows no resources for these two.", "# X-Ray.", "wildcards"),
    (checks.wildcards_are_defended, "Action: [xray:PutTelemetryRecords, xray:PutTraceSegments]", "Action: [xray:PutTelemetryRecords, s3:GetObject]", "allowed on everything"),
    (checks.actions_are_named, "Action: events:PutEvents", "Action: events:*", "events:*"),
    (checks.each_function_has_a_role_of_its_own, "Role: !GetAtt AuthorizerRole.Arn", "Role: !GetAtt ApiRole.Arn", "shares a role"),
    (checks.each_function_has_a_role_of_its_own, "      Role: !GetAtt AuthorizerRole.Arn\n", "", "SAM makes its role"),
    (checks.each_function_has_a_role_of_its_own, "        - !Ref SecretsPolicy\n", "        - arn:aws:iam::aws:policy/AdministratorAccess\n", "somebody else writes"),
    (checks.functions_may_do_what_they_are_set_to, "                Action: appsync:EventPublish\n", "                Action: appsync:EventSubscribe\n", "calls appsync:EventPublish"),
    (checks.functions_may_do_what_they_are_set_to, "                  - dynamodb:PutItem\n", "", "AuthorizerFunction: calls dynamodb:PutItem"),
    (checks.outsiders_are_limited, "            Principal: { Service: cloudwatch.amazonaws.com }", '            Principal: "*"', "allows *"),
    (checks.outsiders_are_limited, "            Condition: { ArnEquals: { aws:SourceArn: !GetAtt DeskRule.Arn } }\n", "", "for anybody's sake"),
    (checks.outsiders_are_limited, "      SourceArn: !GetAtt Live.ApiArn\n", "", "LiveMayAsk"),
    (checks.no_bucket_is_public, "        RestrictPublicBuckets: true\n", "", "RestrictPublicBuckets"),
    (checks.no_bucket_is_public, "        BlockPublicPolicy: true", "        BlockPublicPolicy: false", "BlockPublicPolicy"),
    (checks.no_bucket_is_public, "Bool: { aws:SecureTransport: \"false\" }", "Bool: { aws:SecureTransport: \"true\" }", "answers without encryption"),
    (checks.no_bucket_is_public, "          - Sid: CurrentTransportOnly\n            Effect: Deny", "          - Sid: CurrentTransportOnly\n            Effect: Allow", "allows something to somebody"),
    (checks.no_bucket_is_public, "            ExpirationInDays: 2", "            ExpirationInDays: 200", "two days"),
    (checks.everything_has_a_retention, "      RetentionInDays: !Ref LogRetentionDays\n", "", "for ever"),
    (checks.everything_has_a_retention, "      LoggingConfig: { LogGroup: !Ref ApiLog }\n", "", "AWS makes"),
    (checks.everything_has_a_retention, "      RetentionDays: !Ref EventArchiveDays\n", "", "keeps events for ever"),
    (checks.everything_has_a_retention, "      MessageRetentionPeriod: 1209600\n", "", "forgets before"),
    (checks.everything_has_a_retention, "    DeletionPolicy: RetainExceptOnCreate\n", "", "goes with the stack"),
    (checks.secrets_are_named_only, "        KHAYA_STORE: dynamodb\n", "        KHAYA_STORE: dynamodb\n        JWT_SECRET: x\n", "JWT_SECRET"),
    (checks.secrets_are_named_only, "KHAYA_STORE: dynamodb", "KHAYA_STORE: '{{resolve:secretsmanager:khaya:SecretString:A}}'", "would write a secret"),
    (checks.secrets_are_named_only, "KHAYA_STORE: dynamodb", "KHAYA_STORE: sk_live_0123456789abcdef", "looks like a secret"),
    (checks.secrets_are_named_only, "  PageEmail:\n    Type: String\n", "  PaystackSecret:\n    Type: String\n  PageEmail:\n    Type: String\n", "PaystackSecret"),
    (checks.secrets_are_named_only, "        KHAYA_SECRETS: !Ref SecretsArn\n", "", "does not know the secret"),
    (checks.functions_are_built_and_run_alike, "Architectures: [arm64]", "Architectures: [x86_64]", "Architectures"),
    (checks.functions_are_built_and_run_alike, "    Tracing: Active\n", "", "Tracing"),
    (checks.functions_are_built_and_run_alike, "Binary: khaya-lambda-tick", "Binary: khaya-lambda-clock", "binaries"),
    (checks.the_table_is_the_programs, "NonKeyAttributes: [et, s]", "NonKeyAttributes: [et, s, v]", "GlobalSecondaryIndexes"),
    (checks.the_table_is_the_programs, "        AttributeName: ttl", "        AttributeName: expires", "TimeToLiveSpecification"),
    (checks.the_table_is_the_programs, "PointInTimeRecoveryEnabled: true", "PointInTimeRecoveryEnabled: false", "restored"),
    (checks.the_table_is_the_programs, "        - { AttributeName: vscope, AttributeType: S }\n", "", "vector index"),
    (checks.the_table_is_the_programs, "${Table.Arn}/index/SEARCH", "${Table.Arn}/index/OTHER", "may not be searched"),
    (checks.the_table_is_the_programs, "          Dimensions: 256\n", "          Dimensions: 1024\n", "Dimensions"),
    (checks.the_table_is_the_programs, "            - { AttributeName: cell, SearchSchemaElementType: INLINE_FILTER }\n", "", "SearchSchema"),
    (checks.the_stream_wakes_for_new_events_only, '"et": {"S": ["event"]}', '"et": {"S": ["OUTBOX"]}', "is not filtered"),
    (checks.rules_name_real_events, "disputeRaised", "disputeOpened", "disputeOpened"),
    (checks.settings_are_known, "        KHAYA_STORE: dynamodb\n", "        KHAYA_STORE: dynamodb\n        KHAYA_SPEED: fast\n", "KHAYA_SPEED"),
    (checks.parameters_are_explained, "  PageEmail:\n    Type: String\n", "  PagerNumber:\n    Type: String\n  PageEmail:\n    Type: String\n", "PagerNumber"),
]  # fmt: skip


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_nothing_is_wrong(check):
    assert check(TEMPLATE, *CHECKS[check]) == []


@pytest.mark.parametrize(("check", "old", "new", "said"), BROKEN, ids=[f"{row[0].__name__}-{n}" for n, row in enumerate(BROKEN)])
def test_what_is_broken_is_found(check, old, new, said):
    found = check(TEMPLATE.broken(old, new), *CHECKS[check])
    assert any(said in line for line in found), f"found only {found}"


def test_every_check_has_a_broken_copy():
    assert {row[0] for row in BROKEN} == set(CHECKS)
