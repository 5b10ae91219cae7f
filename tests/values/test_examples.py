"""values-examples: each file renders what it says, alone and in the layers that its comment names."""

from __future__ import annotations

import itertools
import re
from functools import reduce
from pathlib import Path
from typing import Any

import pytest

from tests.support import schemas, strict_yaml
from tests.support.chart import Rendering, render
from tests.support.manifests import Manifest, all_of, inventory, one, only
from tests.support.modes import APISERVICE, MODES, PUBLISHED_KEYS, Mode, mode_of
from tools import example_certificates

Values = dict[str, Any]

REPOSITORY = Path(__file__).resolve().parents[2]
EXAMPLES = REPOSITORY / "values-examples"
KUBERNETES = "1.36"
CERTIFICATE_KINDS = {"Issuer", "Certificate"}
MODES_THAT_NEED_NOTHING = {"operator-generated", "cert-manager-generated-ca"}


def files(folder: str = "") -> list[Path]:
    """The YAML files of one folder of values-examples, folders below it left out."""
    found = sorted((EXAMPLES / folder).glob("*.yaml"))
    assert found, f"no file in {EXAMPLES / folder}"
    return found


def identifier(value: Any) -> str:
    return value.stem if isinstance(value, Path) else str(getattr(value, "name", value))


def values_of(path: Path) -> Values:
    values = strict_yaml.parse(path.read_text(encoding="utf-8"))
    assert isinstance(values, dict), f"{path.name} holds no values"
    return values


def documents(path: Path) -> list[Manifest]:
    """The objects of a manifest file; a file of comments alone has none."""
    parts = re.split(r"^---$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [manifest for manifest in map(strict_yaml.parse, parts) if manifest is not None]


def layered(*layers: Values) -> Values:
    """What helm makes of several --values files: maps merge, anything else is replaced by a later file, null stays."""

    def over(first: Values, second: Values) -> Values:
        both = {**first, **second}
        for name in first.keys() & second.keys():
            if isinstance(first[name], dict) and isinstance(second[name], dict):
                both[name] = over(first[name], second[name])
        return both

    return reduce(over, layers, {})


def example(mode: Mode) -> Values:
    return values_of(EXAMPLES / f"{mode.name}.yaml")


def prerequisites(mode: Mode) -> list[Manifest]:
    return documents(EXAMPLES / "prerequisites" / f"{mode.name}.yaml")


def production_over(mode: Mode) -> Rendering:
    return render(layered(example(mode), values_of(EXAMPLES / "environments" / "production.yaml")))


every_mode = pytest.mark.parametrize("mode", MODES.values(), ids=identifier)
every_environment = pytest.mark.parametrize("environment", files("environments"), ids=identifier)
every_recipe = pytest.mark.parametrize("recipe", files("recipes"), ids=identifier)
every_file = pytest.mark.parametrize(
    "path", sorted(EXAMPLES.rglob("*.yaml")), ids=lambda path: str(path.relative_to(EXAMPLES).with_suffix(""))
)


def test_a_later_layer_replaces_lists_and_keeps_null_for_the_chart() -> None:
    first = {"map": {"kept": 1, "list": [1, 2], "gone": 1}, "scalar": 1}
    second = {"map": {"list": [3], "gone": None}, "scalar": {"now": "a map"}}
    assert layered(first, second) == {"map": {"kept": 1, "list": [3], "gone": None}, "scalar": {"now": "a map"}}


@pytest.mark.parametrize("folder", ["", "prerequisites"])
def test_no_mode_lacks_a_file_and_no_file_lacks_a_mode(folder: str) -> None:
    assert {path.stem for path in files(folder)} == set(MODES)


@every_file
def test_a_file_opens_with_what_it_is_for_and_a_command_whose_files_exist(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("# ")
    text = "\n".join(itertools.takewhile(lambda line: line.startswith("#"), lines))
    if path.parent.name != "prerequisites" or path.stem not in MODES_THAT_NEED_NOTHING:
        assert str(path.relative_to(REPOSITORY)) in text, f"no command of {path.name} uses it"
        assert re.search(r"^#   (helm|kubectl) ", text, re.MULTILINE), f"{path.name} shows no command"
    missing = [name for name in re.findall(r"values-examples/\S+\.yaml", text) if not (REPOSITORY / name).is_file()]
    assert missing == []


# --- Modes ------------------------------------------------------------------------------------------------------------


@every_mode
def test_an_example_selects_the_mode_that_it_is_named_after(mode: Mode) -> None:
    values = example(mode)
    rendering = render(values)
    assert mode_of(values) is mode
    assert f"Certificate mode: {mode.name}" in rendering.notes
    certificate_objects = {entry for entry in inventory(rendering.objects) if entry[0] in CERTIFICATE_KINDS}
    assert certificate_objects == mode.certificate_objects


@every_mode
def test_prerequisites_are_valid_objects_of_kedas_namespace(mode: Mode) -> None:
    objects = prerequisites(mode)
    assert bool(objects) == (mode.name not in MODES_THAT_NEED_NOTHING)
    assert {manifest["metadata"]["namespace"] for manifest in objects} <= {"keda"}
    schemas.validate(objects, KUBERNETES)


def test_the_user_ca_example_finds_its_ca_in_the_prerequisites() -> None:
    mode = MODES["cert-manager-user-ca"]
    secret = one(prerequisites(mode), "Secret", example(mode)["certificates"]["certManager"]["caSecretName"])
    assert {"tls.crt", "tls.key"} <= secret["stringData"].keys()


def test_the_existing_issuer_example_finds_its_issuer_in_the_prerequisites() -> None:
    mode = MODES["cert-manager-existing-issuer"]
    issuer = example(mode)["certificates"]["certManager"]["issuer"]
    objects = prerequisites(mode)
    backing = one(objects, issuer["kind"], issuer["name"])["spec"]["ca"]["secretName"]
    assert only(objects, "Certificate")["spec"]["secretName"] == backing


def test_the_user_provided_example_finds_its_secret_with_every_key_that_pods_mount() -> None:
    mode = MODES["user-provided-secret"]
    secret = one(prerequisites(mode), "Secret", example(mode)["certificates"]["secretName"])
    assert secret["stringData"].keys() == PUBLISHED_KEYS


def test_the_demo_certificates_chain_and_carry_the_names_of_the_rendered_services() -> None:
    assert list(example_certificates.problems()) == []
    services = inventory(all_of(render(example(MODES["user-provided-secret"])).objects, "Service"))
    assert {name for _, name in services} == set(example_certificates.SERVICES)


# --- Environments -----------------------------------------------------------------------------------------------------


@every_environment
def test_an_environment_leaves_the_certificate_mode_to_the_other_file(environment: Path) -> None:
    assert "certificates" not in values_of(environment)


@every_mode
@every_environment
def test_an_environment_layers_over_every_mode(environment: Path, mode: Mode) -> None:
    rendering = render(layered(example(mode), values_of(environment)))
    assert f"Certificate mode: {mode.name}" in rendering.notes
    schemas.validate_rendering(rendering, KUBERNETES)


def test_staging_is_seen_by_prometheus() -> None:
    values = values_of(EXAMPLES / "environments" / "staging.yaml")
    objects = render(values).objects
    assert {name for _, name in inventory(all_of(objects, "ServiceMonitor"))} == {
        name for _, name in inventory(all_of(objects, "Deployment"))
    }


@every_mode
def test_production_survives_the_loss_of_a_pod_and_admits_nothing_unchecked(mode: Mode) -> None:
    objects = production_over(mode).objects
    deployments = all_of(objects, "Deployment")
    names = {name for _, name in inventory(deployments)}
    assert names
    assert all(deployment["spec"]["replicas"] >= 2 for deployment in deployments)
    for kind in ("PodDisruptionBudget", "NetworkPolicy", "ServiceMonitor"):
        assert {name for _, name in inventory(all_of(objects, kind))} == names
    assert all_of(objects, "PrometheusRule")
    webhooks = only(objects, "ValidatingWebhookConfiguration")["webhooks"]
    assert {webhook["failurePolicy"] for webhook in webhooks} == {"Fail"}


@every_mode
def test_production_warns_of_nothing(mode: Mode) -> None:
    assert "Please note" not in production_over(mode).notes


# --- Recipes ----------------------------------------------------------------------------------------------------------


@every_recipe
def test_a_recipe_renders_valid_objects(recipe: Path) -> None:
    rendering = render(values_of(recipe))
    assert all_of(rendering.objects, "Deployment")
    schemas.validate_rendering(rendering, KUBERNETES)


def test_the_argo_cd_application_uses_files_of_this_repository() -> None:
    source = only(documents(EXAMPLES / "recipes" / "argo-cd" / "application.yaml"), "Application")["spec"]["source"]
    chart = REPOSITORY / source["path"]
    assert (chart / "Chart.yaml").is_file()
    assert source["helm"]["valueFiles"]
    assert [name for name in source["helm"]["valueFiles"] if not (chart / name).is_file()] == []


def test_the_argo_cd_application_ignores_the_two_objects_that_get_a_ca_bundle() -> None:
    application = only(documents(EXAMPLES / "recipes" / "argo-cd" / "application.yaml"), "Application")
    ignored = {(entry["kind"], entry["name"]) for entry in application["spec"]["ignoreDifferences"]}
    values = [values_of(EXAMPLES / "cert-manager-generated-ca.yaml"), values_of(EXAMPLES / "recipes" / "argo-cd.yaml")]
    objects = render(layered(*values)).objects
    configuration = only(objects, "ValidatingWebhookConfiguration")["metadata"]["name"]
    assert ignored == {("APIService", APISERVICE), ("ValidatingWebhookConfiguration", configuration)}


def test_the_flux_release_ignores_the_ca_bundle_of_each_webhook_and_uses_files_of_this_repository() -> None:
    release = one(documents(EXAMPLES / "recipes" / "flux" / "helm-release.yaml"), "HelmRelease", "keda")["spec"]
    spec = release["chart"]["spec"]
    assert (REPOSITORY / spec["chart"] / "Chart.yaml").is_file()
    assert [name for name in spec["valuesFiles"] if not (REPOSITORY / name).is_file()] == []
    paths = {entry["target"]["kind"]: entry["paths"] for entry in release["driftDetection"]["ignore"]}
    webhooks = only(render({}).objects, "ValidatingWebhookConfiguration")["webhooks"]
    assert paths["ValidatingWebhookConfiguration"] == [
        f"/webhooks/{index}/clientConfig/caBundle" for index in range(len(webhooks))
    ]
