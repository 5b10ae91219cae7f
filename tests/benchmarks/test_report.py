"""The page says what the record says."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tests.benchmarks import __main__ as command
from tests.benchmarks import report


def _round(number: int, tool: str, cores: int, combinations: int, seconds: float) -> dict[str, Any]:
    return {
        "round": number,
        "tool": tool,
        "cores": cores,
        "combinations": combinations,
        "seconds": seconds,
        "peak_bytes": 200_000_000,
        "load": 0.5,
    }


@pytest.fixture
def record() -> dict[str, Any]:
    """Rates of 100, 200 and 150 for the engine, of 10, 10 and 5 for kubeconform."""
    return {
        "taken": "2026-01-01",
        "machine": {"cores": 2, "model": "a processor", "memory_bytes": 8 * 2**30},
        "versions": {"Helm": "4.3.1"},
        "rounds": [
            *(_round(number, "engine", 2, 600, seconds) for number, seconds in enumerate((6, 3, 4))),
            *(_round(number, "kubeconform-all", 2, 10, seconds) for number, seconds in enumerate((1, 1, 2))),
        ],
        "growth": [
            {
                "combinations": 1000,
                "seconds": 5.0,
                "peak_bytes": 400_000_000,
                "course": [[0.1, 100_000_000], [2.0, 400_000_000]],
                "load": 0.5,
            }
        ],
        "sizes": [
            {
                "size": "defaults",
                "objects": 31,
                "bytes": 130_000,
                "render_seconds": 0.01,
                "examine_seconds": 0.02,
                "helm_template_seconds": 0.1,
            }
        ],
        "chart": [
            {
                "mode": "operator-generated",
                "objects": 31,
                "manifest_bytes": 130_000,
                "release_bytes": 124_700,
                "release_bytes_in_api": 166_267,
                "template_seconds": [0.1, 0.2, 0.3],
            }
        ],
    }


def test_ratios_are_made_within_each_round(record: dict[str, Any]) -> None:
    assert report.rates(record, "engine", 2) == [100, 200, 150]
    assert report.ratios(record, "kubeconform-all", 2) == [10, 20, 30]
    assert report.ratios(record, "kubeconform", 2) == []
    assert "| **20** times (10 to 30) |" in report.markdown(record)


def test_the_tables_hold_the_figures(record: dict[str, Any]) -> None:
    text = report.markdown(record)
    assert "| 150 (100 to 200) | 600 |" in text
    assert "| 1,000 | 5 | 200 | 400 MB |" in text
    assert "| defaults | 31 | 130,000 | 100.0 | 10.0 | 20.0 |" in text
    assert "| 124,700 | 25% | 166,267 | 33% | 0.20 s (0.10 to 0.30) |" in text
    # 10,000 combinations at 10 a second.
    assert "| `helm template` and kubeconform, all at once | 17 minutes |" in text


def test_a_busy_machine_is_told(record: dict[str, Any]) -> None:
    assert "busy" not in report.markdown(record)
    record["rounds"][0]["load"] = 9.0
    assert "the machine was busy with other work" in report.markdown(record)


def test_the_speed_of_the_machine_is_told_in_work_that_anybody_can_repeat(record: dict[str, Any]) -> None:
    assert "additions" not in report.markdown(record)
    for entry, seconds in zip(record["rounds"], (0.05, 0.03, 0.04), strict=False):
        entry["yardstick_seconds"] = seconds
    assert "A million additions in Python took 40 ms of one core (30 to 50)" in report.markdown(record)


def test_a_measurement_on_a_cluster_is_shown_when_there_is_one(record: dict[str, Any]) -> None:
    assert "real cluster\n" not in report.markdown(record)
    record["cluster"] = {
        "taken": "2026-01-02",
        "kubernetes": "1.36",
        "times": 3,
        "modes": [
            {
                "mode": "operator-generated",
                "dry_run_seconds": 0.9,
                "upgrade_seconds": 1.5,
                "requests": 103,
                "phases": {"created": 1.0, "ready": 9.0, "helm": 10.0, "available": 11.0},
                "release_bytes_in_api": 178_432,
                "load": 1.0,
            }
        ],
    }
    expected = "| operator-generated | 0.90 s | 1.50 s | 103 | 1.0 s | 9.0 s | 10.0 s | 11.0 s | 178,432 bytes |"
    assert expected in report.markdown(record)


def test_the_picture_is_svg_with_a_bar_for_each_tool(record: dict[str, Any]) -> None:
    root = ET.fromstring(report.picture(record))  # noqa: S314 (our own text)
    kinds = [child.tag.rpartition("}")[2] for child in root]
    assert kinds.count("rect") == 1 + 2
    assert kinds.count("polyline") == 1


def test_only_what_stands_between_the_marks_is_replaced(record: dict[str, Any]) -> None:
    now = f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n"
    made = command.page(record, now)
    assert made.startswith(f"before\n{report.BEGIN}\n")
    assert made.endswith(f"{report.END}\nafter\n")
    assert "old" not in made
    assert command.page(record, made) == made
    with pytest.raises(ValueError, match="must hold"):
        command.page(record, "nothing")


def test_the_page_is_that_of_its_record() -> None:
    assert command.main(["--check"]) == 0, "python -m tests.benchmarks --write"


def test_the_record_was_measured_with_the_tools_that_are_pinned() -> None:
    recorded = json.loads(command.RECORD.read_text())
    assert recorded["versions"].keys() == command._versions().keys()
    assert {entry["tool"] for entry in recorded["rounds"]} == set(report.TOOLS)
    assert max(entry["combinations"] for entry in recorded["growth"]) >= 1000
