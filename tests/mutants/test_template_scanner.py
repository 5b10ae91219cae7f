"""The scanner sees the blocks that Go's own parser sees."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support import chart
from tools import template_scanner
from tools.coverage.reach import templates
from tools.suite_runner import SuiteRunner
from tools.template_scanner import UnreadableTemplate

TEMPLATES = templates(chart.CHART)
AWKWARD = {
    "braces in strings": '{{ if eq "}}" `{{ end }}` }}a{{ else }}b{{ end }}',
    "a comment with a block": "{{- /* {{ if }} */ -}}{{ with .x }}{{ . }}{{ end }}",
    "a chain": "{{ if .a }}1{{ else if .b }}2{{ else if .c }}3{{ else }}4{{ end }}",
    "an empty list": "{{ range $i, $x := .list }}{{ else }}none{{ end }}",
    "escaped quotes": '{{ range list "\\"}}" }}{{ . }}{{ end }}{{ define "x" }}{{ if . }}y{{ end }}{{ end }}',
    "two lines in one action": "{{ if and\n  .a\n  .b }}x{{ end }}",
}


@pytest.fixture(scope="module")
def go() -> Iterator[SuiteRunner]:
    with SuiteRunner(chart.CHART) as runner:
        yield runner


def _blocks(text: str) -> list[tuple[str, int, bool]]:
    found = []
    for block in template_scanner.blocks(text):
        if block.keyword == "define":
            name = block.branches[0].condition[0].text.strip('"')
            found.append((f"define {name}", 0, False))
            continue
        for index, branch in enumerate(block.branches):
            if branch.conditional:
                line = template_scanner.line_of(text, branch.condition[0].start)
                found.append((block.keyword, line, index + 1 < len(block.branches)))
    return sorted(found)


@pytest.mark.parametrize("name", sorted(TEMPLATES))
def test_no_branch_of_the_chart_is_overlooked(go: SuiteRunner, name: str) -> None:
    assert _blocks(TEMPLATES[name]) == go.blocks(TEMPLATES[name])


@pytest.mark.parametrize("text", AWKWARD.values(), ids=AWKWARD)
def test_no_awkward_spelling_hides_a_branch(go: SuiteRunner, text: str) -> None:
    assert _blocks(text) == go.blocks(text)
    assert _blocks(text)


@pytest.mark.parametrize("text", ["{{ if .a }}x", "{{ end }}", "{{ /* open", "{{ if .a ? }}{{ end }}"])
def test_a_broken_template_is_an_error_and_not_a_shorter_one(text: str) -> None:
    with pytest.raises(UnreadableTemplate, match="line 1"):
        template_scanner.blocks(text)
