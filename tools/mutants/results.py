"""Verdicts on disk, the list of equivalent mutants, and the report."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import yaml

from tools.mutants.mutation import Mutant
from tools.mutants.verdicts import INVALID, KILLED, SURVIVED, UNCHANGED, Verdict

EQUIVALENT = Path(__file__).with_name("equivalent.yaml")
MOST_SURVIVORS = 0.03


@dataclass(frozen=True)
class Result:
    """One mutant and its verdict."""

    mutant: Mutant
    verdict: Verdict


@dataclass(frozen=True)
class Equivalent:
    """A change that nothing can tell from the original, in a file (a pattern), wherever its text stands."""

    file: str
    before: str
    after: str
    reason: str

    def fits(self, mutant: Mutant) -> bool:
        file = mutant.file.removeprefix("charts/keda/")
        return Path(file).match(self.file) and mutant.before == self.before and mutant.after == self.after


def equivalents(file: Path = EQUIVALENT) -> list[Equivalent]:
    """The list; ValueError for an entry without a reason."""
    found = []
    for entry in yaml.safe_load(file.read_text(encoding="utf-8")) or []:
        if not entry.get("reason", "").strip():
            raise ValueError(f"{file.name}: an entry without a reason: {entry}")
        for change in entry["changes"]:
            before, after = change.get("before", ""), change.get("after", "")
            found.append(Equivalent(entry["file"], before.strip(), after.strip(), entry["reason"]))
    return found


class Store:
    """One JSON line for each verdict, so that a run that was ended can go on. The first line names what was judged."""

    def __init__(self, file: Path, digest: str, *, resume: bool) -> None:
        self._file = file
        self.folder = file.parent
        self.known: dict[str, Verdict] = {}
        lines = file.read_text(encoding="utf-8").splitlines() if resume and file.is_file() else []
        same = bool(lines) and json.loads(lines[0]).get("digest") == digest
        kept = []
        for line in lines[1:]:
            entry = json.loads(line)
            verdict = Verdict(**entry["verdict"])
            # A killer stays one when something else has changed; who survived may be killed by now.
            if same or verdict.status == KILLED:
                self.known[entry["id"]] = verdict
                kept.append(line)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(f"{line}\n" for line in (json.dumps({"digest": digest}), *kept)), encoding="utf-8")

    def add(self, result: Result) -> None:
        entry = {"id": result.mutant.id, "verdict": asdict(result.verdict), "mutant": asdict(result.mutant)}
        with self._file.open("a", encoding="utf-8") as stream:
            stream.write(f"{json.dumps(entry)}\n")


@dataclass(frozen=True)
class Summary:
    """The figures of a run. ``survivors`` are not on the list of equivalents; ``wrongly_listed`` are, and were killed."""

    results: list[Result]
    survivors: list[Result]
    equivalent: list[Result]
    wrongly_listed: list[Result]

    @property
    def judged(self) -> int:
        """Mutants that a test can tell from the original: neither invalid nor equivalent."""
        return sum(entry.verdict.status != INVALID for entry in self.results) - len(self.equivalent)

    @property
    def killed(self) -> int:
        return sum(entry.verdict.status == KILLED for entry in self.results)

    @property
    def share(self) -> float:
        """Killed ones among those judged, 0 to 1."""
        return self.killed / self.judged if self.judged else 0.0

    @property
    def ok(self) -> bool:
        return bool(self.judged) and len(self.survivors) <= MOST_SURVIVORS * self.judged and not self.wrongly_listed


def summary(results: Iterable[Result], listed: Iterable[Equivalent]) -> Summary:
    """Sort the verdicts with the list of equivalents at hand."""
    known = list(listed)
    entries = list(results)
    alive = [entry for entry in entries if entry.verdict.status in {SURVIVED, UNCHANGED}]
    equivalent = [entry for entry in alive if any(item.fits(entry.mutant) for item in known)]
    killed = [entry for entry in entries if entry.verdict.status == KILLED]
    return Summary(
        entries,
        [entry for entry in alive if entry not in equivalent],
        equivalent,
        [entry for entry in killed if any(item.fits(entry.mutant) for item in known)],
    )


def report(of: Summary) -> Iterator[str]:
    """The report, line by line."""
    ordered = sorted(of.survivors, key=lambda entry: (entry.mutant.file, entry.mutant.line))
    for entry in ordered:
        same = " (nothing that reaches it renders otherwise)" if entry.verdict.status == UNCHANGED else ""
        yield f"survived{same}: {entry.mutant}"
    for entry in of.wrongly_listed:
        yield f"listed as equivalent, but killed by {entry.verdict.by}: {entry.mutant}"
    yield ""
    yield f"{'kind':<24}{'mutants':>8}{'killed':>8}{'survived':>9}{'equivalent':>11}{'invalid':>8}"
    kinds = Counter(entry.mutant.kind for entry in of.results)
    for kind, count in sorted(kinds.items()):
        yield _row(kind, count, of, kind)
    yield _row("all", len(of.results), of, "")
    killers = Counter(
        entry.verdict.by.split(":")[0].split("[")[0] for entry in of.results if entry.verdict.status == KILLED
    )
    by_suites = sum(count for name, count in killers.items() if name.startswith("helm-unittest"))
    seconds = sum(entry.verdict.seconds for entry in of.results)
    yield ""
    share = f"{of.killed} of {of.judged} ({100 * of.share:.1f} %)"
    yield f"killed: {share}, {by_suites} by helm-unittest, the rest by the Python suite"
    yield f"judging took {seconds:.0f} s of one process, {seconds / max(len(of.results), 1):.1f} s a mutant"


def _row(name: str, count: int, of: Summary, kind: str) -> str:
    def number(entries: Iterable[Result]) -> int:
        return sum(1 for entry in entries if not kind or entry.mutant.kind == kind)

    killed = number(entry for entry in of.results if entry.verdict.status == KILLED)
    invalid = number(entry for entry in of.results if entry.verdict.status == INVALID)
    return f"{name:<24}{count:>8}{killed:>8}{number(of.survivors):>9}{number(of.equivalent):>11}{invalid:>8}"
