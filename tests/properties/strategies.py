"""What the property tests draw from: names at their limits, hostile strings, numbers, durations, picks from the axes."""

from __future__ import annotations

import string
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from tests.support import combinations, modes
from tests.support.axes import AXES, Axis
from tests.support.combinations import Combination

_LOWER = string.ascii_lowercase + string.digits
_WORD = string.ascii_letters + string.digits

# Words that some reader of YAML takes for something else than a string, or for the structure of the document.
YAML_HOSTILE = (
    *("yes", "Yes", "no", "NO", "on", "Off", "y", "N", "true", "True", "FALSE", "null", "Null", "~", ""),
    *("0x1", "0o17", "017", "0b1", "1_000", "1e3", "1E+3", "1.", ".5", "+1", "-0", "-1", "9007199254740993", "1e309"),
    *(
        ".inf",
        "-.INF",
        ".nan",
        "2001-01-01",
        "2001-12-14t21:59:43.10-05:00",
        "12:30",
        "1:20:30",
        "=",
        "<<",
        "1e",
        "0o8",
    ),
    *(
        "a: b",
        "a:",
        ":a",
        "a #b",
        "#a",
        "- a",
        "-",
        "? a",
        "?",
        "!a",
        "!!str a",
        "&a",
        "*a",
        "|",
        ">",
        "|-",
        ">+",
        "%a",
        "@a",
        "`a",
    ),
    *(
        "[a",
        "{a: b}",
        "]",
        "}",
        ",",
        "'",
        '"',
        "''",
        '"a\'b"',
        "\\",
        "\\n",
        "a\\",
        "\\u0041",
        "---",
        "--- a",
        "...",
        "a: |",
    ),
    *(
        " lead",
        "trail ",
        "\ttab",
        "a\tb",
        "\n",
        "\n\n",
        "a\nb",
        "a\nb\n",
        "a\n\n\n",
        "\n a",
        " \n a\n",
        "a\n \n",
        "a\r\nb\r\n",
    ),
    *("\r", "a\rb", "# a\nb: c\n", "a\n---\nb: c\n", "a\n...\n", "  a\n b\n", "-----BEGIN A-----\n"),
    *(
        "{{ .Release.Name }}",
        "{{- fail `x` }}",
        "{{",
        "}}",
        "{{/* a */}}",
        "$(POD_NAMESPACE)",
        "$$(A)",
        "${A}",
        "%s%d%%",
    ),
    *(
        "é",
        "日本",
        "🔑",
        "🔑\n",
        "\u2028",
        "a\u2029b",
        "\ufeffa",
        "a\ufeff",
        "\u200b",
        "\u00a0a",
        "\u202ea",
        "\ud7ff",
        "\ue000",
    ),
    *("\0", "a\0b", "\x01", "\x08", "\x1b[0m", "<a>&</a>", "a" * 200 + " " + "b" * 200),
)
# What Helm's toYaml does not carry; templates/_characters.tpl refuses it.
_LOST_CHARACTERS = "".join(map(chr, range(0x7F, 0xA0))) + "\ufffe\uffff"
_SEPARATORS = "\u2028\u2029"


def is_lost(text: str) -> bool:
    """Whether Helm's toYaml would change ``text``, or drop it."""
    return bool(set(text) & set(_LOST_CHARACTERS)) or ("\n" in text and bool(set(text) & set(_SEPARATORS)))


# --- Names -------------------------------------------------------------------------------------------------------------


def _word(first: str, inner: str, last: str, longest: int) -> SearchStrategy[str]:
    """Strings of 1 to ``longest`` characters, many of them short and many close to the limit."""
    lengths = st.one_of(st.integers(1, min(longest, 6)), st.integers(max(1, longest - 2), longest))

    @st.composite
    def words(draw: DrawFn) -> str:
        length = draw(lengths)
        # One drawn piece, repeated: a string of 253 drawn characters would cost more than the rendering.
        piece = draw(st.text(inner, min_size=1, max_size=5))
        middle = (piece * (length // len(piece) + 1))[: max(0, length - 2)]
        ends = draw(st.sampled_from(first)) + (draw(st.sampled_from(last)) if length > 1 else "")
        return ends[:1] + middle + ends[1:]

    return words()


def dns_labels(longest: int = 63) -> SearchStrategy[str]:
    """Labels of RFC 1123, such as names of namespaces and containers."""
    return _word(_LOWER, _LOWER + "-", _LOWER, longest)


def service_names(longest: int = 63) -> SearchStrategy[str]:
    """Labels of RFC 1035, such as names of Services: they start with a letter."""
    return _word(string.ascii_lowercase, _LOWER + "-", _LOWER, longest)


@st.composite
def dns_subdomains(draw: DrawFn, longest: int = 253) -> str:
    """Subdomains of RFC 1123, such as names of most objects."""
    labels = draw(st.lists(dns_labels(), min_size=1, max_size=5))
    return ".".join(labels)[:longest].rstrip(".-")


def ill_names() -> SearchStrategy[str]:
    """What people type where a name belongs: other characters, wrong ends, too long."""
    return st.one_of(
        _word(_WORD + "-._", _WORD + "-._/ :", _WORD + "-._", 66),
        st.sampled_from(["a..b", "a.-b", ".a", "a.", "-", "A", "a b", "a\n", "é", "x" * 64, "x" * 254, "1a", "a/b"]),
    )


def label_values() -> SearchStrategy[str]:
    """Values that a label may have, the ones that YAML reads as something else among them."""
    hostile = ["yes", "no", "on", "true", "null", "0x1", "1e3", "017", "1_000", "1.5", "0o17", "2001-01-01", "y", ""]
    return st.one_of(st.sampled_from(hostile), _word(_WORD, _WORD + "-_.", _WORD, 63))


@st.composite
def label_keys(draw: DrawFn) -> str:
    """Keys of labels and annotations, with and without a domain; not those that the chart sets itself."""
    name = draw(_word(_WORD, _WORD + "-_.", _WORD, 62))
    domain = draw(st.sampled_from(["", "example.com/", "a.b-c.example/"]))
    return domain + "x" + name


# --- Strings and numbers -------------------------------------------------------------------------------------------------


def hostile_text() -> SearchStrategy[str]:
    """Strings that are hard to write in YAML, all of which a values file can hold and Helm can carry."""
    characters = st.characters(exclude_categories=["Cs"], exclude_characters=_LOST_CHARACTERS)
    known = st.sampled_from(YAML_HOSTILE)
    joined = st.builds("".join, st.lists(known, min_size=2, max_size=3))
    return st.one_of(known, joined, st.text(characters, max_size=12)).filter(lambda text: not is_lost(text))


def lost_text() -> SearchStrategy[str]:
    """Strings that Helm does not carry."""
    lost = st.one_of(st.sampled_from(_LOST_CHARACTERS), st.sampled_from(["\n\u2028", "\u2029a\n"]))
    return st.builds("".join, st.tuples(hostile_text(), lost, hostile_text()))


def numbers() -> SearchStrategy[int | float]:
    """Numbers that a 64-bit float holds exactly, which is how Helm reads them."""
    exact = 2**53
    return st.one_of(
        st.integers(-exact, exact),
        st.sampled_from([0, 1, -1, 1_000_000, 10_000_000, 2**31, 2**32, 10**15, -(10**15), exact, -exact]),
        st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False),
        st.sampled_from([0.1, -0.5, 1e-7, 2.5, 1.0, 1e6]),
    )


def scalars() -> SearchStrategy[Any]:
    """Strings, numbers and booleans."""
    return st.one_of(hostile_text(), numbers(), st.booleans())


def keys() -> SearchStrategy[str]:
    """Hostile keys of a map. Helm's toYaml leaves "<<" without quotes, so that it merges: nobody means that by a key."""
    return hostile_text().filter(lambda text: text != "<<")


def documents() -> SearchStrategy[Any]:
    """Small JSON documents of hostile strings, numbers and booleans, with hostile keys."""
    return st.recursive(
        scalars(),
        lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(keys(), inner, max_size=3)),
        max_leaves=6,
    )


# --- Durations -----------------------------------------------------------------------------------------------------------


@st.composite
def duration_spellings(draw: DrawFn, seconds: SearchStrategy[int]) -> str:
    """One of the ways in which a duration of whole seconds can be written in hours, minutes and seconds."""
    total = draw(seconds)
    hours, rest = divmod(total, 3600)
    minutes, left = divmod(rest, 60)
    forms = [f"{hours}h{minutes}m{left}s", f"{total}s", f"{left}s{minutes}m{hours}h", f"{total // 60}m{left}s"]
    forms += [f"0{hours}h{rest}s", f"{hours // 2}h{hours - hours // 2}h{rest}.0s", f"{hours}h{minutes}.0m{left}.000s"]
    if rest % 36 == 0:
        forms += [f"{hours}.{rest // 36:02d}h", f"{hours}.{rest // 36:02d}000h0m"]
    if rest == 0:
        forms += [f"{hours}h", f"{hours * 60}m"]
    return draw(st.sampled_from(forms))


# --- Whole values trees ----------------------------------------------------------------------------------------------------


@st.composite
def picks(draw: DrawFn, axes: Sequence[Axis] = AXES, most: int = 25) -> Combination:
    """A mode in one of its forms, with settings of some axes over it: any subset of what the chart is told to accept."""
    metrics, webhooks = draw(st.booleans()), draw(st.booleans())
    mode = draw(st.sampled_from(sorted(modes.MODES)))
    variant = draw(st.sampled_from(modes.variants_of(modes.MODES[mode], metrics_server=metrics)))
    chosen = draw(st.lists(st.sampled_from(range(len(axes))), unique=True, min_size=1, max_size=most))
    values: dict[str, Any] = {}
    arguments: dict[str, Any] = {}
    for path, value in (*variant.values.items(), ("metricsServer.enabled", metrics), ("webhooks.enabled", webhooks)):
        combinations.put(values, path, value)
    # Most of what a rendering costs, and the same in all of them.
    combinations.put(values, "crds.install", False)
    for axis in (axes[number] for number in sorted(chosen) if axes[number].name != "crds"):
        for path, value in draw(st.sampled_from(axis.options)).settings.items():
            if path.startswith("helm."):
                arguments[path.removeprefix("helm.")] = value
            else:
                combinations.put(values, path, value)
    return Combination("drawn", values, modes.MODES[mode], metrics, webhooks, **arguments)
