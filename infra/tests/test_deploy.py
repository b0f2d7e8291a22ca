"""The deploy script, on a machine with nothing, and with tools that only write down how they were called."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

import template as templates

SCRIPT = templates.REPOSITORY / "infra" / "deploy"
# What the script itself needs, and nothing else.
PLAIN = ["awk", "bash", "cat", "dirname", "env", "grep", "head", "sort", "tail"]
REQUIRED = [name for name, parameter in templates.read().parameters.items() if "Default" not in parameter]


class Machine:
    """A folder with tools, a repository, and a way to run the script there."""

    def __init__(self, folder: Path):
        self.tools = folder / "tools"
        self.repository = folder / "khaya"
        self.calls = folder / "calls"
        self.tools.mkdir()
        (self.repository / "infra").mkdir(parents=True)
        for name in ("deploy", "template.yaml", "settings.example"):
            shutil.copy(templates.REPOSITORY / "infra" / name, self.repository / "infra" / name)
        for name in PLAIN:
            (self.tools / name).symlink_to(shutil.which(name))

    def add_tool(self, name: str, body: str = "") -> None:
        file = self.tools / name
        file.write_text(f'#!/usr/bin/env bash\nprintf "%s" "{name}" >>"$CALLS"\nprintf " <%s>" "$@" >>"$CALLS"\necho >>"$CALLS"\n{body}\n')
        file.chmod(0o755)

    def complete(self, tick: str = "None") -> None:
        for name in ("cargo", "cargo-lambda", "curl"):
            self.add_tool(name)
        self.add_tool("sam", '[ "$1" != --version ] || echo "SAM CLI, version 1.170.0"')
        self.add_tool("aws", f"""case "$*" in
            *get-caller-identity*) echo 123456789012 ;;
            *get-account-settings*) echo "${{LIMIT:-1000}}" ;;
            *ApiUrl*) echo https://api.example.co.za ;;
            *DomainTarget*) echo d-1.execute-api.af-south-1.amazonaws.com ;;
            *"lambda invoke"*) echo {tick} ;;
            *"--output table"*) echo "| ApiUrl | https://api.example.co.za |" ;;
        esac""")  # fmt: skip
        (self.repository / "khaya-lambda").mkdir()
        (self.repository / "khaya-lambda" / "Cargo.toml").touch()
        (self.repository / "target").mkdir()

    def settings(self, **changes: str) -> str:
        values = {**templates.ANSWERS, **changes}
        (self.repository / "my.settings").write_text("# mine\n" + "".join(f"{name}={value}\n" for name, value in values.items()))
        return "my.settings"

    def deploy(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
        environment = {"PATH": str(self.tools), "HOME": str(self.repository), "CALLS": str(self.calls), **environment}
        return subprocess.run(
            [self.repository / "infra" / "deploy", *arguments], env=environment, capture_output=True, text=True, timeout=60, check=False
        )

    def called(self) -> list[str]:
        return self.calls.read_text().splitlines() if self.calls.exists() else []


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


def test_a_dry_run_on_a_bare_machine_prints_the_whole_plan_and_what_is_missing(machine):
    run = machine.deploy("--dry-run")
    assert run.returncode == 0, run.stderr
    plan = [line.strip() for line in run.stdout.splitlines() if line.startswith("  $ ")]
    for part in ("sam build", "sam validate --lint", "sam deploy", "termination-protection", "/health/live", "/health/ready", "lambda invoke", "describe-stacks"):
        assert any(part in line for line in plan), f"{part} is not in the plan"
    gone = run.stdout.split("== missing")[1]
    for name in ["the settings", *REQUIRED, "the tool cargo-lambda", "the tool sam", "the tool aws", "a region", "credentials", "khaya-lambda"]:
        assert f"- {name}" in gone or name in gone, f"{name} is not said to be missing"
    assert machine.called() == []


def test_a_dry_run_names_every_parameter_with_its_value(machine):
    run = machine.deploy("--dry-run", "--settings", machine.settings(TwilioSmsFrom="Khaya Homes"), "--region", "af-south-1")
    assert run.returncode == 0, run.stderr
    [deploy] = [line for line in run.stdout.splitlines() if line.startswith("  $ sam deploy")]
    for name in templates.ANSWERS:
        assert f"{name}=" in deploy
    assert 'TwilioSmsFrom=\\"Khaya\\ Homes\\"' in deploy
    assert "--region af-south-1" in deploy
    assert "SecretsArn" not in run.stdout.split("== missing")[1]


def test_a_dry_run_changes_nothing_even_where_everything_is_there(machine):
    machine.complete()
    run = machine.deploy("--dry-run", "--settings", machine.settings(), "--region", "af-south-1")
    assert "Nothing. The same command" in run.stdout
    changing = ("build", "deploy", "invoke", "update-", "curl")
    assert [call for call in machine.called() if any(word in call for word in changing)] == []


def test_without_dry_run_it_stops_at_the_first_thing_that_is_missing(machine):
    run = machine.deploy("--settings", machine.settings(), "--region", "af-south-1")
    assert run.returncode == 1
    assert run.stderr.count("Missing:") == 1
    assert "the tool cargo" in run.stderr and "What to do: install Rust" in run.stderr
    assert "sam build" not in run.stdout


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"PageEmail": ""}, "PageEmail"),
        ({"PageMail": "x@example.co.za"}, "a parameter of that name"),
        ({"PaystackCallbackUrl": ""}, "Payments=paystack needs it"),
        ({"DomainName": "api.example.co.za"}, "CertificateId"),
        ({"TwilioSmsFrom": '"Khaya"'}, "without quotes"),
    ],
)
def test_settings_that_are_wrong_are_named(machine, changes, said):
    machine.complete()
    run = machine.deploy("--settings", machine.settings(**changes), "--region", "af-south-1")
    assert run.returncode == 1
    assert said in run.stderr
    assert not any("sam <build>" in call for call in machine.called())


def test_an_old_sam_and_too_few_executions_are_found(machine):
    machine.complete()
    run = machine.deploy("--settings", machine.settings(TickConcurrency="2"), "--region", "af-south-1", LIMIT="10")
    assert "102 concurrent executions (the account has 10)" in run.stderr
    machine.add_tool("sam", 'echo "SAM CLI, version 1.99.0"')
    run = machine.deploy("--settings", machine.settings(), "--region", "af-south-1")
    assert "sam 1.170.0 or newer (there is 1.99.0)" in run.stderr


def test_a_deployment_builds_validates_deploys_tries_and_prints_the_outputs(machine):
    machine.complete()
    run = machine.deploy("--settings", machine.settings(), "--region", "af-south-1", "--yes")
    assert run.returncode == 0, run.stdout + run.stderr
    order = ["sam <build>", "sam <validate> <--lint>", "sam <deploy>", "update-termination-protection", "curl", "<lambda> <invoke>"]
    called = machine.called()
    places = [next(n for n, call in enumerate(called) if part in call) for part in order]
    assert places == sorted(places)
    deploy = called[places[2]]
    assert "<--no-confirm-changeset>" in deploy and '<PageEmail="page@example.co.za">' in deploy
    assert "<--connect-to> <api.example.co.za:443:d-1.execute-api.af-south-1.amazonaws.com:443>" in called[places[4]]
    assert "| ApiUrl |" in run.stdout


def test_it_asks_before_the_change_set_unless_told_otherwise(machine):
    machine.complete()
    machine.deploy("--settings", machine.settings(), "--region", "af-south-1")
    assert any("<--confirm-changeset>" in call for call in machine.called())


def test_a_tick_that_fails_fails_the_deployment(machine):
    machine.complete(tick="Unhandled")
    (machine.repository / "target" / "tick.json").write_text("it broke")
    run = machine.deploy("--settings", machine.settings(), "--region", "af-south-1", "--yes")
    assert run.returncode == 1
    assert "The tick failed: it broke" in run.stderr
