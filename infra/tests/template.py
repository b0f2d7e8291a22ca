"""The template as its text, as data, and as the plain CloudFormation that SAM makes of it."""

import functools
import json
import os
from pathlib import Path

# The translator asks where it is; nothing is asked of an account there.
os.environ.update(AWS_ACCESS_KEY_ID="testing", AWS_SECRET_ACCESS_KEY="testing", AWS_DEFAULT_REGION="af-south-1")

from samcli.yamlhelper import yaml_parse  # noqa: E402
from samtranslator.parser.parser import Parser  # noqa: E402
from samtranslator.translator.translator import Translator  # noqa: E402

REPOSITORY = Path(__file__).resolve().parents[2]
FILE = REPOSITORY / "infra" / "template.yaml"

# What a person would fill in; README.md asks for the same.
ANSWERS = {
    "SecretsArn": "arn:aws:secretsmanager:af-south-1:123456789012:secret:khaya/production-AbCdEf",
    "PageEmail": "page@example.co.za",
    "NoticeEmail": "notice@example.co.za",
    "DeskEmail": "desk@example.co.za",
    "CorsOrigins": "https://app.example.co.za",
    "TwilioWhatsAppNumber": "+27870000000",
    "TwilioSmsFrom": "Khaya",
    "TwilioCodeTemplate": "HX" + "0" * 32,
    "TwilioReminderTemplate": "HX" + "1" * 32,
    "PaystackCallbackUrl": "https://app.example.co.za/paid",
    "PaystackEmailDomain": "example.co.za",
    "MailDomain": "example.co.za",
    "MailFrom": "hello@example.co.za",
    "AndroidApplicationArn": "arn:aws:sns:af-south-1:123456789012:app/GCM/khaya",
    "IosApplicationArn": "arn:aws:sns:af-south-1:123456789012:app/APNS/khaya",
}


class Template:
    """One template. `source` is its text."""

    def __init__(self, source: str):
        self.source = source
        self.data = yaml_parse(source)
        self.resources = self.data["Resources"]
        self.parameters = self.data["Parameters"]

    @functools.cached_property
    def plain(self) -> dict:
        """What CloudFormation gets: SAM's own resources are replaced by what they stand for."""
        data = yaml_parse(self.source)
        data["Globals"]["Function"]["CodeUri"] = "s3://artifacts/khaya.zip"
        values = {name: str(ANSWERS.get(name, parameter.get("Default", ""))) for name, parameter in self.parameters.items()}
        plain = Translator({}, Parser()).translate(data, values)
        return json.loads(json.dumps(plain))

    def of_type(self, kind: str, *, plain: bool = False) -> dict:
        """Resources of one type, by name."""
        resources = self.plain["Resources"] if plain else self.resources
        return {name: resource for name, resource in resources.items() if resource["Type"] == kind}

    def broken(self, old: str, new: str) -> "Template":
        """A copy with one thing changed; it must be there, or the copy would not be broken."""
        assert old in self.source, f"the template does not hold {old!r} any more: the broken copy is the same as the template"
        return Template(self.source.replace(old, new, 1))


def read() -> Template:
    """The template of the repository."""
    return Template(FILE.read_text(encoding="utf-8"))


def walk(value):
    """Every value within a value, itself included."""
    yield value
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from walk(part)
