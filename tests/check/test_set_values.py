"""--set and its kin are read as Helm reads them: the pinned Helm prints the same values."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support import helm
from tools.check import layers, set_values

_FLAGS = {"set": "--set", "string": "--set-string", "json": "--set-json", "file": "--set-file"}
_BASE = {"a": {"b": 1, "list": [1, {"c": 2}]}, "s": "text", "n": None}
_CASES = [
    ("set", "a.b=2"),
    ("set", "a.b=2,a.c=three,d=true"),
    ("set", "x=null"),
    ("set", "a.b=null"),
    ("set", "x="),
    ("set", "x=0,y=-1,z=+5"),
    ("set", "x=0123"),
    ("set", "x=1.5"),
    ("set", "x=1e3"),
    ("set", "x=99999999999999999999"),
    ("set", "x=9223372036854775807"),
    ("set", "x=false,y=False"),
    ("set", "x={}"),
    ("set", "x={a,1,true}"),
    ("set", "x={a},y=2"),
    ("set", "x={a,}"),
    ("set", r"x=a\,b"),
    ("set", r"x\.y=1"),
    ("set", r"podLabels.app\.kubernetes\.io/name=x"),
    ("set", "a.list[0]=9"),
    ("set", "a.list[1].c=9,a.list[1].d=10"),
    ("set", "a.list[3]=x"),
    ("set", "a.list[0].b=1"),
    ("set", "new[0].name=x,new[1].name=y"),
    ("set", "new[0][1]=x"),
    ("set", "a=scalar"),
    ("set", "x=a=b"),
    ("set", "x= spaced "),
    ("set", "x.y.z=1"),
    ("string", "x=1,y=true,z=null"),
    ("string", "x={1,2}"),
    ("json", 'x={"y":[1,null]}'),
    ("json", '{"a":{"b":[2]},"q":true}'),
    ("json", "a.list[0]={}"),
    ("file", "x=content.pem"),
]
_REFUSED = [
    ("set", "x"),
    ("set", "a[x]=1"),
    ("set", "x={a"),
    ("set", "s.below=1"),
    ("set", "s[0]=1"),
    ("set", "x={a}b"),
    ("set", "x[99999999]=1"),
    ("json", "x={"),
    ("json", "x"),
]


@pytest.fixture(scope="module")
def printing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a chart that prints its values, base.yaml and a file for --set-file."""
    folder = tmp_path_factory.mktemp("printing")
    (folder / "chart/templates").mkdir(parents=True)
    (folder / "chart/Chart.yaml").write_text("apiVersion: v2\nname: printing\nversion: 1.0.0\n")
    (folder / "chart/templates/values.yaml").write_text("values: {{ .Values | toJson }}\n")
    (folder / "base.yaml").write_text(json.dumps(_BASE))
    (folder / "content.pem").write_text("line, one\nline two=2\n")
    return folder


def _by_helm(folder: Path, kind: str, text: str) -> helm.Printed:
    given = f"x={folder / 'content.pem'}" if kind == "file" else text
    flags = [_FLAGS[kind], given]
    return helm.run("helm4", ["template", "r", str(folder / "chart"), "-f", str(folder / "base.yaml"), *flags])


@pytest.mark.parametrize(("kind", "text"), _CASES)
def test_no_assignment_is_read_otherwise_than_by_helm(printing: Path, kind: str, text: str) -> None:
    printed = _by_helm(printing, kind, text)
    assert printed.code == 0, printed.log
    expected = json.loads(printed.out.partition("values: ")[2])
    values: dict[str, Any] = layers.merged([_BASE])
    assert set_values.apply(values, kind, text, printing)
    assert layers.over_defaults({}, values) == expected


@pytest.mark.parametrize(("kind", "text"), _REFUSED)
def test_what_helm_refuses_is_refused(printing: Path, kind: str, text: str) -> None:
    assert _by_helm(printing, kind, text).code != 0
    with pytest.raises(set_values.BadSet):
        set_values.apply(layers.merged([_BASE]), kind, text, printing)
