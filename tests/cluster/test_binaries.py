"""The facts that the suite believes about KEDA's binaries, asked of the binaries themselves. Needs no cluster."""

from __future__ import annotations

import subprocess

import pytest

from tests.support import binaries
from tools import keda_environment, keda_flags, keda_module

pytestmark = pytest.mark.cluster

# (flag, value): whether the binary takes the value is asked of it, and of the judge that the suite uses.
VALUES = [
    *(("zap-time-encoding", value) for value in ("epoch", "millis", "nano", "nanos", "ISO8601", "rfc3339", "unix")),
    *(("zap-encoder", value) for value in ("json", "Console", "logfmt")),
    *(
        ("zap-log-level", value)
        for value in ("debug", "info", "ERROR", "panic", "warn", "5", "+5", "0", "-1", "1.5", "")
    ),
    *(("zap-stacktrace-level", value) for value in ("info", "error", "panic", "debug", "2")),
    *(("zap-devel", value) for value in ("true", "1", "F", "yes", "")),
    *(("stderrthreshold", value) for value in ("INFO", "warning", "2", "LOUD")),
    *(("vmodule", value) for value in ("main=2", "a=1,b=2", "main", "main=x")),
    *(("kube-api-burst", value) for value in ("30", "-1", "0x1f", "010", "1e3", "30.0", "")),
    *(("kube-api-qps", value) for value in ("20", "1.5", "1e3", "many")),
]
OF_ONE = {
    "operator": [
        *(("http-idle-conn-timeout", value) for value in ("90s", "1h30m", "1.5h", "0", "90", "1d", "-5s")),
        ("ca-dir", "/a"),
        ("k8s-cluster-domain", ""),
    ],
    "metrics-apiserver": [
        *(("bind-address", value) for value in ("0.0.0.0", "::", "localhost")),  # noqa: S104
        *(("tls-sni-cert-key", value) for value in ("a.crt,a.key", "a.crt,a.key:*.a.example", "a.crt")),
        *(("tls-curve-preferences", value) for value in ("23,24", "P256")),
        *(("v", value) for value in ("4", "high")),
    ],
    "admission-webhooks": [*(("port", value) for value in ("9443", "https"))],
}


@pytest.mark.parametrize("generator", [keda_flags.GENERATOR, keda_environment.GENERATOR], ids=lambda it: str(it.file))
def test_no_fact_differs_from_the_binaries(generator: keda_module.Generator) -> None:
    assert list(generator.stale(keda_module.build())) == []


@pytest.mark.parametrize("component", keda_module.PROGRAMS)
def test_no_value_is_judged_otherwise_than_the_binary_judges_it(component: str) -> None:
    program = keda_module.build()[component]
    values = [*VALUES, *OF_ONE[component]]
    wrong = []
    for name, value in values:
        answer = subprocess.run(
            [program, f"--{name}={value}", "--help"], env={}, capture_output=True, text=True, check=False, timeout=60
        )
        said = answer.stdout + answer.stderr
        assert "Usage of" in said, said[-500:]
        taken = "invalid argument" not in said
        if binaries.flags(component)[name].takes(value) != taken:
            wrong.append(f"--{name}={value} is {'taken' if taken else 'refused'}")
    assert wrong == []


@pytest.mark.parametrize("component", keda_module.PROGRAMS)
def test_no_flag_is_missing_from_the_judge_that_the_binary_has(component: str) -> None:
    program = keda_module.build()[component]
    answer = subprocess.run(
        [program, "--no-such-flag", "--help"], env={}, capture_output=True, text=True, check=False, timeout=60
    )
    assert "unknown flag: --no-such-flag" in answer.stdout + answer.stderr
    assert "no-such-flag" not in binaries.flags(component)
