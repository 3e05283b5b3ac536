"""Working days: the State Council's calendar against plain day-by-day counting (CAL-1 to CAL-5)."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.workdays import WorkdayCalendar
from tests.handbook import CALENDAR, day

days = st.dates(date(2003, 6, 1), date(2028, 6, 1))


@pytest.mark.parametrize(
    ("text", "is_workday"),
    [
        pytest.param("2026-01-04", True, id="CAL-1 make-up Sunday"),
        pytest.param("2026-02-14", True, id="CAL-1 make-up Saturday before the Spring Festival"),
        pytest.param("2026-02-28", True, id="CAL-1 make-up Saturday after the Spring Festival"),
        pytest.param("2026-02-16", False, id="CAL-1 holiday on a Monday"),
        pytest.param("2026-06-21", False, id="CAL-1 holiday on a Sunday"),
        pytest.param("2026-10-10", True, id="CAL-1 make-up Saturday in October"),
        pytest.param("2026-07-18", False, id="CAL-1 ordinary Saturday"),
        pytest.param("2026-07-20", True, id="CAL-1 ordinary Monday"),
    ],
)
def test_is_workday(text, is_workday):
    assert CALENDAR.is_workday(day(text)) == is_workday


@pytest.mark.parametrize("year", [2025, 2026])
def test_workdays_between_counts_248_a_year(year):
    assert CALENDAR.workdays_between(date(year - 1, 12, 31), date(year, 12, 31)) == 248


@pytest.mark.parametrize(
    ("text", "n", "expected"),
    [
        pytest.param("2026-02-13", 2, "2026-02-24", id="CAL-2 the make-up Saturday is day 1"),
        pytest.param("2026-09-30", 1, "2026-10-08", id="CAL-2 over the National Day week"),
        pytest.param("2026-06-21", -10, "2026-06-05", id="CAL-3 back from a holiday"),
        pytest.param("2026-06-21", 5, "2026-06-26", id="CAL-2 on from a holiday"),
        pytest.param("2026-06-21", 0, "2026-06-21", id="CAL-2 the given day is day 0"),
        pytest.param("2026-06-22", -1, "2026-06-18", id="CAL-3 the anchor is excluded"),
        pytest.param("2030-05-01", 5, "2030-05-08", id="CAL-1 a year without rows is Monday-Friday"),
    ],
)
def test_add_workdays(text, n, expected):
    assert CALENDAR.add_workdays(day(text), n) == day(expected)


@given(days, st.integers(-400, 400))
def test_add_workdays_equals_counting_day_by_day(start, n):
    found, step = start, timedelta(days=1 if n > 0 else -1)
    for _ in range(abs(n)):
        found += step
        while not CALENDAR.is_workday(found):
            found += step
    assert CALENDAR.add_workdays(start, n) == found


@given(days, days)
def test_workdays_between_equals_counting_day_by_day(after, until):
    counted = sum(
        CALENDAR.is_workday(after + timedelta(days=n)) for n in range(1, max((until - after).days, 0) + 1)
    )
    assert max(CALENDAR.workdays_between(after, until), 0) == counted


@pytest.mark.parametrize(
    ("roll", "expected"),
    [
        pytest.param("keep", "2026-02-20", id="CAL-5 the date stands"),
        pytest.param("previous", "2026-02-14", id="CAL-4 back"),
        pytest.param("next", "2026-02-24", id="Civil Code 203 on"),
    ],
)
def test_roll_on_a_day_off(roll, expected):
    assert CALENDAR.roll(day("2026-02-20"), roll) == day(expected)


@pytest.mark.parametrize("roll", ["keep", "next", "previous"])
def test_roll_keeps_a_working_day(roll):
    assert CALENDAR.roll(day("2026-02-14"), roll) == day("2026-02-14")


def test_is_provisional_without_confirmed_rows_of_the_year():
    assert not CALENDAR.is_provisional(day("2026-12-31"), None)
    assert CALENDAR.is_provisional(day("2026-12-31"), day("2027-01-15"))


def test_unconfirmed_rows_wait_for_confirmation():
    forecast = WorkdayCalendar.from_rows([(day("2027-02-05"), False, False)])
    assert forecast == WorkdayCalendar()
    assert forecast.is_workday(day("2027-02-05"))
    assert forecast.is_provisional(day("2027-02-05"))


def test_empty_calendar_counts_weekdays_at_both_ends_of_time():
    assert WorkdayCalendar().add_workdays(date(1, 1, 1), 5) == date(1, 1, 8)
    assert WorkdayCalendar().workdays_between(date(9999, 12, 24), date(9999, 12, 31)) == 5


def test_calendar_is_a_value():
    twin = WorkdayCalendar(CALENDAR.exceptions, CALENDAR.confirmed_years)
    assert {CALENDAR, twin} == {twin}
