"""From values files to a verdict: read, merge, schema, render, lint, schemas of the objects, relations, advice.

A step that fails ends the way: what comes after would only repeat it. Within a step everything is collected.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import yaml

from tests.support import chart, manifests
from tests.support.combinations import Combination
from tests.support.modes import mode_of
from tests.support.renderings import Rendered
from tools.check import advice, layers, prerequisites, refusals, schema, set_values, validity
from tools.check.arguments import BadUsage, Options
from tools.check.findings import Finding, Place, Verdict
from tools.check.findings import Rendered as Listed
from tools.check.layers import Layer, Values
from tools.check.lint import Lint

# Helm's own order: --set wins over --set-json, and so on, wherever they stand on the command line.
_KINDS = ("json", "set", "string", "file")
_FLAGS = {"json": "--set-json", "set": "--set", "string": "--set-string", "file": "--set-file"}
# The version whose notes are shown when nobody chose one: the newest that KEDA supports.
_NOTES_OF = "1.36"


@functools.cache
def defaults() -> Values:
    """values.yaml of the chart. Read only."""
    found: Values = yaml.load((chart.CHART / "values.yaml").read_bytes(), Loader=yaml.CSafeLoader)
    return found


def judge(options: Options) -> Verdict:
    """The verdict on all files of ``options`` as layers. BadUsage for a --set that Helm does not take."""
    verdict = Verdict(options.files, options.release, options.namespace, options.kubernetes)
    stack = [layers.read(options.folder / file, file) for file in options.files]
    values = layers.merged([layer.values for layer in stack])
    stack += _sets(options, values)
    verdict.rules.append("yaml")
    verdict.findings += [problem for layer in stack for problem in layer.problems]
    if not verdict.findings:
        verdict.rules.append("values-schema")
        verdict.findings += schema.problems(layers.over_defaults(defaults(), values), values)
    if not verdict.findings:
        _render_and_ask(options, values, verdict)
    verdict.findings = _in_order(_placed(finding, stack) for finding in verdict.findings)
    return verdict


def _sets(options: Options, values: Values) -> Iterator[Layer]:
    """Put the --set options into ``values``; a layer that knows their paths for each."""
    for kind in _KINDS:
        for given, text in options.sets:
            if given != kind:
                continue
            flag = _FLAGS[kind]
            try:
                paths = set_values.apply(values, kind, text, options.folder)
            except set_values.BadSet as error:
                raise BadUsage(f"{flag}: {error}") from None
            except OSError as error:
                raise BadUsage(f"{flag} {text}: {error.strerror or error}") from None
            except UnicodeDecodeError:
                raise BadUsage(f"{flag} {text}: the file is not UTF-8 text") from None
            yield Layer(f"{flag} {text}", places=dict.fromkeys(paths, Place(flag)))


def _render_and_ask(options: Options, values: Values, verdict: Verdict) -> None:
    lint = _start_lint(options)
    verdict.rules.append("chart")
    by_version: list[tuple[str, Rendered]] = []
    refused: dict[Finding, None] = {}
    for version in options.kubernetes:
        combination = _combination(values, options, version)
        try:
            rendering = _render(options, values, combination)
            by_version.append((version, Rendered(combination, rendering)))
            vars(rendering)["objects"] = _objects(rendering)
        except chart.ChartRefused as error:
            refused |= dict.fromkeys(refusals.of_chart(str(error)))
        except _UnreadableObject as error:
            refused[Finding("problem", "chart", str(error), "extraObjects", "correct it")] = None
    if refused:
        lint.stop()
        verdict.findings += refused
        return
    verdict.rules.append("kubernetes")
    found, verdict.unjudged = validity.problems(by_version)
    verdict.findings += found
    distinct = {rendered.rendering.text: rendered for _, rendered in reversed(by_version)}
    shown = next((rendered for version, rendered in by_version if version == _NOTES_OF), by_version[0][1])
    for rendered in distinct.values():
        verdict.findings += _relations(rendered, verdict.rules)
    verdict.mode = shown.combination.mode.name
    verdict.mode_summary = prerequisites.summary(shown)
    verdict.objects = [_listed(manifest) for manifest in shown.objects]
    verdict.provide = prerequisites.needed(shown)
    noted = [rendered for _, rendered in by_version] if options.kubernetes_given else [shown]
    verdict.findings += _warnings(noted, shown, verdict.rules)
    verdict.rules.append("lint")
    verdict.findings += lint.findings()


class _UnreadableObject(Exception):
    """A document that is no YAML, or no object."""


def _objects(rendering: chart.Rendering) -> list[manifests.Manifest]:
    try:
        objects = rendering.objects
    except AssertionError as error:
        raise _UnreadableObject(" ".join(str(error).split())[:300]) from None
    for entry in objects:
        if not isinstance(entry.get("metadata"), dict) or not entry["metadata"].get("name") or "kind" not in entry:
            raise _UnreadableObject(f"an object without kind or name: {str(entry)[:200]}")
    return objects


def _start_lint(options: Options) -> Lint:
    files = [options.folder / file for file in options.files]
    sets = [part for kind, text in options.sets for part in (_FLAGS[kind], text)]
    return Lint(files, sets, options.kubernetes[0], options.namespace, options.folder)


def _combination(values: Values, options: Options, version: str) -> Combination:
    def on(name: str) -> bool:
        block: Any = values.get(name)
        return bool(block.get("enabled", True)) if isinstance(block, dict) else True

    return Combination(
        id=" ".join(options.files) or "defaults",
        values=values,
        mode=mode_of(values),
        metrics_server=on("metricsServer"),
        webhooks=on("webhooks"),
        namespace=options.namespace,
        release=options.release,
        kubernetes=f"{version}.0",
    )


def _render(options: Options, values: Values, combination: Combination) -> chart.Rendering:
    # Helm reads and merges the files itself; only --set, which the worker does not know, is put on top of them here.
    files = [] if options.sets else [(options.folder / file).resolve() for file in options.files]
    return chart.render(
        values if options.sets else None,
        files=files,
        api_versions=options.api_versions,
        **combination.arguments,
    )


def _relations(rendered: Rendered, rules: list[str]) -> Iterator[Finding]:
    from tests.invariants.relations import catalogue

    for name, relation in catalogue.every().items():
        if name not in rules:
            rules.append(name)
        try:
            for problem in relation(rendered):
                yield Finding("problem", name, problem.what, problem.path, problem.fix, where=problem.where)
        except Exception as error:
            # Whatever happens there, the report must tell it.
            what = f"could not be judged, which is a mistake of this check: {type(error).__name__}: {error}"
            yield Finding("problem", name, what)


def _warnings(noted: Iterable[Rendered], shown: Rendered, rules: list[str]) -> list[Finding]:
    found: list[Finding] = []
    for function in advice.ADVICE:
        rules.append(f"advice.{function.__name__}")
        found += function(shown)
    told = {finding.path for finding in found}
    keys = frozenset(defaults())
    rules.append("notes")
    for rendered in noted:
        # NOTES warn of some of these as well, in their own words.
        found += [
            note for note in refusals.notes(rendered.rendering.notes, keys) if not note.path or note.path not in told
        ]
        found += [Finding("warning", "helm", warning) for warning in rendered.rendering.warnings]
    return found


def _listed(manifest: manifests.Manifest) -> Listed:
    metadata = manifest["metadata"]
    return Listed(manifest["kind"], metadata.get("namespace", ""), metadata["name"])


def _placed(finding: Finding, stack: list[Layer]) -> Finding:
    if finding.place or not finding.path:
        return finding
    first = finding.path.split(" or ")[0].replace("[]", "")
    return replace(finding, place=layers.place_of(stack, first))


def _in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Without doubles; problems first, then by file and line."""
    distinct = dict.fromkeys(findings)

    def key(finding: Finding) -> tuple[Any, ...]:
        place = finding.place or Place("~")
        return finding.level != "problem", place.source, place.line, finding.path

    return sorted(distinct, key=key)
