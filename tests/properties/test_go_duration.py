"""The reader of Go durations, on which other tests rest, reads what Go reads."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.properties.profiles import percent
from tests.properties.strategies import duration_spellings
from tests.support.go_duration import LONGEST, nanoseconds

_SECOND, _MINUTE, _HOUR = 10**9, 60 * 10**9, 3600 * 10**9

# From the table of Go's own test (time/time_test.go, parseDurationTests) and from certificates of the chart.
_READ = [
    ("0", 0),
    ("5s", 5 * _SECOND),
    ("1478s", 1478 * _SECOND),
    ("-5s", -5 * _SECOND),
    ("+5s", 5 * _SECOND),
    ("-0", 0),
    ("+0", 0),
    ("5.0s", 5 * _SECOND),
    ("5.6s", 5 * _SECOND + 600_000_000),
    ("5.s", 5 * _SECOND),
    (".5s", 500_000_000),
    ("1.0040s", _SECOND + 4_000_000),
    ("100.00100s", 100 * _SECOND + 1_000_000),
    ("10ns", 10),
    ("11us", 11_000),
    ("12\u00b5s", 12_000),
    ("12\u03bcs", 12_000),
    ("13ms", 13_000_000),
    ("3h30m", 3 * _HOUR + 30 * _MINUTE),
    ("10.5s4m", 4 * _MINUTE + 10 * _SECOND + 500_000_000),
    ("-2m3.4s", -(2 * _MINUTE + 3 * _SECOND + 400_000_000)),
    ("1h2m3s4ms5us6ns", _HOUR + 2 * _MINUTE + 3 * _SECOND + 4_005_006),
    ("39h9m14.425s", 39 * _HOUR + 9 * _MINUTE + 14 * _SECOND + 425_000_000),
    ("52763797000ns", 52_763_797_000),
    ("0.3333333333333333333h", 20 * _MINUTE - 1),
    ("9007199254740993ns", 2**53 + 1),
    ("9223372036854775807ns", LONGEST),
    ("9223372036854775.807us", LONGEST),
    ("9223372036s854ms775us807ns", LONGEST),
    ("-9223372036854775808ns", -LONGEST - 1),
    ("8760h0m0s", 8760 * _HOUR),
    ("2562047h", 2562047 * _HOUR),
]
_REFUSED = [
    *(
        "",
        "3",
        "-",
        "s",
        ".",
        "-.",
        ".s",
        "+.s",
        "1d",
        "90d",
        "1y",
        "1w",
        "1H",
        "1 h",
        " 1h",
        "1h ",
        "1e3s",
        "0x1s",
        "--1s",
    ),
    *("9223372036854775810ns", "9223372036854775808ns", "-9223372036854775809ns", "9223372036854776us", "3000000h"),
    *("9223372036854ms775us808ns", "2562048h", "1h-1m", "1,5h", "1_000s", "00", "1hh"),
]


@pytest.mark.parametrize(("text", "value"), _READ, ids=[text for text, _ in _READ])
def test_no_duration_is_read_as_another_time(text: str, value: int) -> None:
    # A float of Go has 53 bits: behind the point it may be one nanosecond off.
    assert abs(nanoseconds(text) - value) <= ("." in text and "333" in text)


@pytest.mark.parametrize("text", _REFUSED, ids=repr)
def test_nothing_is_read_that_go_refuses(text: str) -> None:
    with pytest.raises(ValueError, match=r"no duration|too long"):
        nanoseconds(text)


@percent(100)
@given(st.data(), st.integers(0, 200_000 * 3600))
def test_every_spelling_of_a_time_means_that_time(data: st.DataObject, seconds: int) -> None:
    """The other tests rest on the spellings, too."""
    assert nanoseconds(data.draw(duration_spellings(st.just(seconds)))) == seconds * _SECOND
