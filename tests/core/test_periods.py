"""Months, quarters, half-years and years (CAL-4 to CAL-7)."""

import pytest

from core.periods import Period, add_months, period_containing, period_ends
from tests.handbook import day


@pytest.mark.parametrize(
    ("text", "n", "expected"),
    [
        pytest.param("2026-03-31", -1, "2026-02-28", id="CAL-4 missing day becomes month end"),
        pytest.param("2024-01-31", 1, "2024-02-29", id="CAL-5 leap year"),
        pytest.param("2024-02-29", 12, "2025-02-28", id="CAL-5 out of a leap year"),
        pytest.param("2025-11-30", 3, "2026-02-28", id="CAL-5 over the year's end"),
        pytest.param("2025-12-31", 6, "2026-06-30", id="CAL-5 half a year"),
        pytest.param("2026-01-15", -13, "2024-12-15", id="CAL-4 more than a year back"),
    ],
)
def test_add_months(text, n, expected):
    assert add_months(day(text), n) == day(expected)


@pytest.mark.parametrize(
    ("kind", "key", "start", "end"),
    [
        ("month", "2026-05", "2026-05-01", "2026-05-31"),
        ("quarter", "2026Q2", "2026-04-01", "2026-06-30"),
        ("half_year", "2026H1", "2026-01-01", "2026-06-30"),
        ("year", "2026", "2026-01-01", "2026-12-31"),
    ],
)
def test_period_containing(kind, key, start, end):
    period = period_containing(day("2026-05-17"), kind)
    assert (period.key, period.start, period.end) == (key, day(start), day(end))
    assert Period.from_key(key) == Period.ending(period.end, kind) == period
    assert period.next().previous() == period
    assert day(start) in period
    assert day(end) in period
    assert period.next().start not in period


@pytest.mark.parametrize("key", ["2026-13", "2026-00", "2026Q5", "2026H3", "26", "2026-5", "", "2026Q1 "])
def test_period_from_key_refuses_nonsense(key):
    with pytest.raises(ValueError):  # noqa: PT011 - a month out of range speaks through datetime
        Period.from_key(key)


def test_last_month_start_of_a_half_year():
    assert Period.from_key("2026H2").last_month_start == day("2026-12-01")


def test_period_ends_includes_both_ends_of_the_range():
    found = period_ends(day("2026-03-31"), day("2026-09-30"), "quarter")
    assert [period.key for period in found] == ["2026Q1", "2026Q2", "2026Q3"]


def test_period_ends_of_a_range_without_an_end():
    assert period_ends(day("2026-04-01"), day("2026-06-29"), "quarter") == []
