"""The tools that are compared do what the page says, and see what is wrong."""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import os
import subprocess
import sys
from typing import Any

import pytest

from tests.benchmarks import measuring, memory
from tests.benchmarks.engine import Engine, EngineFailed
from tests.benchmarks.peers import HelmUnittest, Kubeconform, KubernetesValidate, PeerFailed, helm_template
from tests.support import chart, combinations, manifests, schemas, streaming
from tests.support.combinations import Combination

SAMPLE = combinations.sample(4)
# Every tool that validates must refuse it.
MISSPELT = [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x", "lables": {}}}]


def _spoiled() -> Combination:
    return dataclasses.replace(SAMPLE[1], values={**SAMPLE[1].values, "extraObjects": MISSPELT})


@pytest.fixture(scope="module")
def kubeconform(tmp_path_factory: pytest.TempPathFactory) -> Kubeconform:
    return Kubeconform(tmp_path_factory.mktemp("kubeconform") / "schemas")


def test_kubeconform_accepts_what_the_suite_accepts(kubeconform: Kubeconform) -> None:
    kubeconform.each(SAMPLE, 2)
    kubeconform.all_together(SAMPLE, 2)


def test_kubeconform_sees_what_is_wrong(kubeconform: Kubeconform) -> None:
    with pytest.raises(PeerFailed, match="lables"):
        kubeconform.each([_spoiled()], 1)
    with pytest.raises(PeerFailed, match="lables"):
        kubeconform.all_together([*SAMPLE, _spoiled()], 2)


def test_kubeconform_has_a_schema_for_every_kind_of_the_chart(kubeconform: Kubeconform) -> None:
    """A kind without a schema is an error of its own, so that nothing is skipped: all kinds that there are pass."""
    found: dict[str, manifests.Manifest] = {}
    for combination in combinations.sample(40):
        for entry in chart.render(combination.values, **combination.arguments).objects:
            found.setdefault(entry["kind"], entry)
    assert len(found) > 15
    text = "\n---\n".join(chart.values_text(entry) for entry in found.values())
    for version in schemas.KUBERNETES_VERSIONS:
        kubeconform._run(version, ["-"], text)


def test_kubernetes_validate_sees_what_is_wrong() -> None:
    peer = KubernetesValidate()
    try:
        peer(SAMPLE[:1], 1)
        with pytest.raises(PeerFailed, match="lables"):
            peer([_spoiled()], 1)
    finally:
        peer.close()


def test_a_rendering_that_helm_refuses_is_no_result() -> None:
    with pytest.raises(PeerFailed, match="helm template of"):
        helm_template([dataclasses.replace(SAMPLE[0], values={"operatorr": {}})], 1)


def test_helm_unittest_asks_what_the_relation_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    with HelmUnittest().prepare(SAMPLE, 2) as run:
        run()
    right = chart.render

    def other_names(*arguments: Any, **named: Any) -> chart.Rendering:
        rendering = right(*arguments, **named)
        objects = copy.deepcopy(rendering.objects)
        for entry in manifests.all_of(objects, "Deployment"):
            entry["metadata"]["name"] = "another"
        vars(rendering)["objects"] = objects
        return rendering

    monkeypatch.setattr(chart, "render", other_names)
    with HelmUnittest().prepare(SAMPLE, 1) as run, pytest.raises(PeerFailed, match="another"):
        run()


def test_the_engine_does_not_hide_a_failure() -> None:
    with streaming.pool(1) as executor:
        engine = Engine(executor, 1)
        engine.examine(SAMPLE)
        engine.render(SAMPLE)
        engine.ask_one_relation(SAMPLE)
        with pytest.raises(EngineFailed, match="lables"):
            engine.examine([*SAMPLE, _spoiled()])


def test_a_slow_tool_gets_a_spread_of_the_same_combinations() -> None:
    everything = combinations.rendered()
    few, many = measuring.spread(everything, 10), measuring.spread(everything, 300)
    assert (len(few), len(many)) == (10, 300)
    assert len({combination.mode.name for combination in few}) >= 3
    assert {*(each.id for each in few), *(each.id for each in many)} <= {each.id for each in everything}
    assert measuring.spread(everything, None) == list(everything)


def test_each_measurement_tells_the_speed_of_the_machine_beside_its_own() -> None:
    done: list[str] = []
    idle = measuring.Tool("idle", "nothing", lambda _, __: contextlib.nullcontext(lambda: done.append("run")), {1: 1})
    measured = measuring.measure(idle, SAMPLE, 1)
    assert done == ["run"]
    assert measured["yardstick_seconds"] > 0


def test_sizes_grow_and_every_rendering_is_valid() -> None:
    sizes = [len(chart.render(values).text) for values in measuring.SIZES.values()]
    assert sizes == sorted(sizes)
    for values in measuring.SIZES.values():
        rendering = chart.render(values)
        schemas.validate_rendering(rendering, "1.36")


def test_memory_of_children_is_seen() -> None:
    with memory.watch(os.getpid(), with_root=False) as found:
        code = "import time; block = bytearray(80_000_000); time.sleep(1)"
        with subprocess.Popen([sys.executable, "-c", code]) as child:
            child.wait()
    assert 80e6 < found.peak < 300e6
    before = memory.resident(os.getpid(), with_root=False)
    assert before < memory.resident(os.getpid(), with_root=True)
    assert found.course


def test_the_size_of_a_release_is_that_of_what_helm_stores() -> None:
    few, many = chart.stored_release({"crds": {"install": False}}), chart.stored_release()
    # Templates and schema are in both, the rendered CRDs in one.
    assert 50_000 < few < many < few + 60_000
    with pytest.raises(chart.ChartRefused):
        chart.stored_release({"operatorr": {}})
