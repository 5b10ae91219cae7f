"""GitOps recipes: each is what its tool reads, its files exist, and the chart accepts its values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hcl2
import pytest

from tests.support import schemas, strict_yaml
from tests.support.chart import render
from tests.values.test_examples import EXAMPLES, KUBERNETES, REPOSITORY, documents, layered, values_of

RECIPES = EXAMPLES / "recipes"
TERRAFORM, HELMFILE = RECIPES / "terraform" / "main.tf", RECIPES / "helmfile" / "helmfile.yaml.gotmpl"
MANIFESTS = [RECIPES / "argo-cd" / "application.yaml", RECIPES / "flux" / "helm-release.yaml"]


@pytest.mark.parametrize("file", MANIFESTS, ids=lambda file: file.parent.name)
def test_an_object_of_a_recipe_is_one_that_its_tool_takes(file: Path) -> None:
    objects = documents(file)
    assert objects
    assert [problem for manifest in objects for problem in schemas.problems(manifest, KUBERNETES)] == []


def test_a_wrong_object_of_a_recipe_would_be_seen() -> None:
    (release,) = [manifest for manifest in documents(MANIFESTS[1]) if manifest["kind"] == "HelmRelease"]
    release["spec"]["chart"]["spec"]["valueFiles"] = release["spec"]["chart"]["spec"].pop("valuesFiles")
    assert any("valueFiles" in problem for problem in schemas.problems(release, KUBERNETES))


# --- Terraform


def _terraform() -> dict[str, Any]:
    with TERRAFORM.open(encoding="utf-8") as file:
        content: dict[str, Any] = hcl2.load(file)
    return content


def _text(value: Any) -> str:
    """An expression or a string of the parser, without quotes and ${}."""
    text = str(value).strip('"')
    whole = re.fullmatch(r"\$\{([^{}]*)\}", text)
    return (whole[1] if whole else text).strip('"')


def _release() -> dict[str, Any]:
    (resource,) = _terraform()["resource"]
    ((kind, named),) = resource.items()
    ((name, release),) = named.items()
    assert (_text(kind), _text(name)) == ("helm_release", "keda")
    assert isinstance(release, dict)
    return release


def test_the_terraform_release_installs_this_chart_with_files_that_exist() -> None:
    release = _release()
    here = TERRAFORM.parent
    assert (Path(_text(release["chart"]).replace("${path.module}", str(here))) / "Chart.yaml").resolve().is_file()
    (local,) = _terraform()["locals"]
    examples = Path(_text(local["examples"]).replace("${path.module}", str(here))).resolve()
    assert examples == EXAMPLES
    text = TERRAFORM.read_text(encoding="utf-8")
    named = re.findall(r'file\("\$\{local\.examples\}/([^"]+)"\)', text)
    assert len(named) == len(re.findall(r"\bfile\(", text)) == 2
    values = layered(*(values_of(EXAMPLES / name) for name in named), _encoded(text))
    schemas.validate(render(values).documents, KUBERNETES)


def _encoded(text: str) -> dict[str, Any]:
    """What yamlencode gets: an HCL object, read by the parser as the body of a block of its own."""
    found = re.search(r"yamlencode\(\{\n(.*?)\n {4}\}\)", text, re.DOTALL)
    assert found
    content = hcl2.loads(f"values = {{\n{found[1]}\n}}\n")["values"]
    return {_text(key): _plain(value) for key, value in content.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {_text(key): _plain(child) for key, child in value.items()}
    return _text(value) if isinstance(value, str) else value


def test_the_terraform_release_sets_nothing_as_text() -> None:
    assert "set" not in _release()


# --- helmfile


def _states(environment: str) -> Iterator[dict[str, Any]]:
    """The documents of the helmfile as its template renders them; it uses one variable."""
    text = HELMFILE.read_text(encoding="utf-8").replace("{{ .Environment.Name }}", environment)
    assert "{{" not in text
    for part in re.split(r"^---$", text, flags=re.MULTILINE):
        state = strict_yaml.parse(part)
        assert isinstance(state, dict)
        yield state


def test_the_helmfile_knows_every_environment_of_the_examples() -> None:
    first, *_ = _states("production")
    assert set(first["environments"]) == {file.stem for file in (EXAMPLES / "environments").glob("*.yaml")}


@pytest.mark.parametrize("environment", ["development", "staging", "production"])
def test_the_helmfile_installs_this_chart_with_values_that_it_takes(environment: str) -> None:
    *_, state = _states(environment)
    (release,) = state["releases"]
    folder = HELMFILE.parent
    assert (folder / release["chart"] / "Chart.yaml").resolve() == REPOSITORY / "charts" / "keda" / "Chart.yaml"
    files = [(folder / name).resolve() for name in release["values"]]
    assert [file for file in files if not file.is_file()] == []
    schemas.validate(render(layered(*map(values_of, files))).documents, KUBERNETES)
