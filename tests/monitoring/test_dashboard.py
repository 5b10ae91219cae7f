"""The Grafana dashboard: it loads, says what it shows, and shows this KEDA only. Its metrics are in test_known_metrics.py."""

from __future__ import annotations

import itertools
import json
import re

from tests.monitoring import dashboard
from tests.support import chart, prometheus

_SUBJECTS = {
    "Is it working?",
    "Scaling",
    "From the HPA to the operator",
    "Admission",
    "Certificates",
    "Resources",
}


def test_every_subject_has_a_row_with_panels() -> None:
    rows = [number for number, panel in enumerate(dashboard.model()["panels"]) if panel["type"] == "row"]
    assert {dashboard.model()["panels"][number]["title"] for number in rows} == _SUBJECTS
    assert all(after - before > 1 for before, after in itertools.pairwise([*rows, len(dashboard.model()["panels"])]))


def test_no_panel_needs_to_be_guessed_at() -> None:
    panels = dashboard.panels()
    assert len(panels) > 25
    assert [panel["title"] for panel in panels if not panel["description"].endswith((".", "?"))] == []
    assert len({panel["title"] for panel in panels}) == len(panels)
    assert [panel["title"] for panel in panels if not all(target["legendFormat"] for target in panel["targets"])] == []


def test_no_two_panels_lie_on_each_other_or_have_one_id() -> None:
    panels = dashboard.model()["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    cells = [
        (x, y)
        for place in (panel["gridPos"] for panel in panels)
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(set(cells)) == len(cells)
    assert max(x for x, _ in cells) == 23


def test_every_query_goes_to_the_data_source_that_is_chosen() -> None:
    sources = [panel["datasource"] for panel in dashboard.panels()]
    sources += [target["datasource"] for panel in dashboard.panels() for target in panel["targets"]]
    assert {json.dumps(source) for source in sources} == {'{"type": "prometheus", "uid": "${datasource}"}'}


def test_every_variable_of_a_query_is_one_that_can_be_chosen() -> None:
    variables = {variable["name"] for variable in dashboard.model()["templating"]["list"]}
    used = set(re.findall(r"\$\{?(\w+)", json.dumps(dashboard.model()))) - {"__rate_interval", "__all"}
    assert used == variables


def test_no_query_shows_another_keda_of_the_cluster() -> None:
    named = list(dashboard.expressions())
    wrong = []
    for (name, _), query in zip(named, prometheus.queries([text for _, text in named]), strict=True):
        for selector in query.selectors:
            # The API server's series are about the cluster; the first variable is what the namespace is chosen by.
            if selector.metric.startswith(("aggregator_", "apiserver_admission_")) or name == "variable namespace":
                continue
            if "$namespace" not in {selector.labels.get("namespace"), selector.labels.get("exported_namespace")}:
                wrong.append(f"{name}: {selector.metric}")
    assert wrong == []


def test_two_renders_are_the_same_bytes() -> None:
    values = {"prometheus": {"dashboard": {"enabled": True}}, "crds": {"install": False}}
    assert chart.render(values).text == chart.render(values).text


def test_the_file_in_the_chart_has_a_line_for_each_value_and_no_indentation() -> None:
    # As `python -m json.tool --indent 0` writes it: Helm keeps the file in the Secret of each revision.
    file = chart.CHART / "dashboards" / "keda.json"
    assert file.read_text() == json.dumps(dashboard.model(), indent=0) + "\n"
