"""No command of a document is one that a reader cannot run: each is executed, or its program is asked whether it knows it."""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from tests.docs import judges
from tests.docs.documents import ROOT, Place, blocks, inline_code
from tests.docs.shell import Command, commands_of
from tests.support.certificates import authority, foreign_authority, leaf, request, rsa_authority

SHELL, YAML = ("sh", "bash", "shell", "console"), ("yaml", "yml")
# Languages of blocks that are no commands.
NO_COMMANDS = {"text", "json", ""}
SHELL_BLOCKS = blocks(*SHELL)
YAML_BLOCKS = blocks(*YAML)
# A program's bare name is a word of the sentence.
INLINE = [
    command
    for place in inline_code()
    if len(place.text.split()) > 1 and place.text.split()[0] in judges.JUDGES
    for command in commands_of(place, inline=True)
]
COMMANDS = [*(command for block in SHELL_BLOCKS for command in commands_of(block)), *INLINE]
# Files that stand for the reader's own.
VALUES = ("values.yaml", "your-values.yaml", "old-values.yaml", "values/prod.yaml", "base.yaml", "prod.yaml")


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that looks like the root of the repository, with the files that a reader has beside it."""
    folder = tmp_path_factory.mktemp("desk")
    for name in ("charts", "values-examples", "docs", "tools", "schemas"):
        (folder / name).symlink_to(ROOT / name)
    (folder / "values").mkdir()
    for name in VALUES:
        (folder / name).write_text("clusterName: mine\n", encoding="utf-8")
    names = ["keda-operator.keda.svc"]
    certificate, another = leaf(names), rsa_authority("KEDA", 3650)
    for name, content in (
        ("ca.crt", authority().pem),
        ("old-ca.crt", foreign_authority().pem),
        ("both.crt", authority().pem + foreign_authority().pem),
        ("ca.key", authority().key_pem),
        ("tls.crt", certificate.pem),
        ("tls.key", certificate.key_pem),
        # What the page's own commands make, for who runs one of them alone.
        ("new-ca.crt", another.pem),
        ("new-ca.key", another.key_pem),
        ("new-tls.crt", leaf(names, another).pem),
        ("new-tls.key", certificate.key_pem),
        ("new-tls.csr", request(names, certificate)),
        ("new-tls.ext", f"subjectAltName=DNS:{names[0]}\n"),
    ):
        (folder / name).write_text(content, encoding="utf-8")
    return folder


def test_commands_are_found() -> None:
    assert len(SHELL_BLOCKS) > 20
    assert len(YAML_BLOCKS) > 5
    assert len(INLINE) > 20


def test_no_block_is_in_a_language_that_nobody_judges() -> None:
    assert {block.language for block in blocks()} - {*SHELL, *YAML} <= NO_COMMANDS


@pytest.mark.parametrize("block", [pytest.param(block, id=block.id) for block in SHELL_BLOCKS])
def test_no_block_breaks_the_shell_it_is_pasted_into(block: Place) -> None:
    # Placeholders like <name> are words that a reader replaces, not redirections.
    text = re.sub(r"<([a-z][a-z0-9 -]*)>", r"\1", block.text)
    answer = subprocess.run(["bash", "-n"], input=text, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr


@pytest.mark.parametrize("command", [pytest.param(command, id=command.id) for command in COMMANDS])
def test_no_command_is_one_that_cannot_be_run(command: Command, desk: Path) -> None:
    judge = judges.judge_of(command)
    assert judge, f"nobody judges {command.program}; tests/docs/judges.py has the list"
    OUTCOMES[judge(command, desk)] += 1


@pytest.mark.parametrize("block", [pytest.param(block, id=block.id) for block in YAML_BLOCKS])
def test_no_block_of_yaml_is_one_that_nobody_takes(block: Place, desk: Path, tmp_path: Path) -> None:
    outcome, lines = judges.judge_yaml(block.text, tmp_path)
    OUTCOMES[outcome] += 1
    for line in lines:
        found = list(commands_of(Place(block.file, block.line, line)))
        assert found
        for command in found:
            test_no_command_is_one_that_cannot_be_run(command, desk)


@pytest.mark.parametrize("block", [pytest.param(block, id=block.id) for block in SHELL_BLOCKS])
def test_no_block_uses_a_file_of_this_repository_that_is_not_there(block: Place) -> None:
    named = re.findall(r"(?<![\w/.-])(?:\./)?((?:charts|values-examples|schemas|tools|docs)/[\w./-]+)", block.text)
    assert [name for name in named if not (ROOT / name).exists()] == []


OUTCOMES: Counter[str] = Counter()


def test_every_command_was_judged(capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest) -> None:
    """The count, for whoever reads the log. Only a run of this whole file knows it."""
    whole = {item.name.partition("[")[0] for item in request.session.items}
    if request.session.testsfailed or "test_no_block_of_yaml_is_one_that_nobody_takes" not in whole:
        pytest.skip("not all commands were judged")
    total = sum(OUTCOMES.values())
    assert total >= len(COMMANDS) + len(YAML_BLOCKS)
    with capsys.disabled():
        print(
            f"\n{total} commands: {OUTCOMES['executed']} executed, {OUTCOMES['checked']} checked by their programs, "
            f"{OUTCOMES['listed']} against a list of programs that are not here, 0 unclassified"
        )


# --- The judges bite


@pytest.mark.parametrize(
    "text",
    [
        "helm install keda ./charts/keda --no-such-flag",
        "helm install keda ./charts/keda --values nowhere.yaml",
        "helm install keda ./charts/keda --set operator.replicas=2",
        "kubectl get pods --no-such-flag",
        "kubectl gett pods",
        "kubectl create secret tls x --cert tls.crt --key ca.key",
        "kubectl create secret generic x --from-file nowhere.crt --dry-run=client",
        "tox -e nowhere",
        "tox -e check -- nowhere.yaml",
        "tox -e lint -- --no-such-option",
        "python -m tools.nowhere",
        "python -m tools.crds --no-such-flag",
        "pip install keda",
        "openssl x509 -in nowhere.crt -noout",
        "openssl genrsa -no-such-flag -out new-ca.key 2048",
        "openssl s_client -connect a:1 -tls9",
        "terraform destroy",
        "helmfile --no-such-flag apply",
        "grep --no-such-flag x",
        "sed --no-such-flag x",
    ],
)
def test_a_command_that_does_not_work_is_seen(text: str, desk: Path) -> None:
    for command in commands_of(Place(ROOT / "README.md", 1, text)):
        judge = judges.judge_of(command)
        assert judge
        with pytest.raises(AssertionError):
            judge(command, desk)


def test_a_program_that_nobody_knows_is_seen() -> None:
    (command,) = commands_of(Place(ROOT / "README.md", 1, "kubetcl get pods"))
    assert judges.judge_of(command) is None


@pytest.mark.parametrize(
    "text",
    [
        "apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {name: a}\nspec: {}\n",
        "operator: {replicas: 2}\n",
        "repos: [{repo: x, rev: v1, hooks: [{id: nothing}]}]\n",
        "- a\n",
    ],
)
def test_a_block_of_yaml_that_nobody_takes_is_seen(text: str, tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        judges.judge_yaml(text, tmp_path)
