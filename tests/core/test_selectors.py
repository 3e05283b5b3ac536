"""Calendar, business date and readings as the rest of the house reads them."""

import datetime as dt
from dataclasses import dataclass

import pytest

from core.enums import PublicationState
from core.models import BusinessDate, BusinessDay, Parameter
from core.readings import Readings, reading
from core.selectors import business_date, published_values, readings, workday_calendar

DAY = dt.date(2026, 6, 1)


@dataclass(frozen=True)
class Sample(Readings):
    sample_roll: str = reading("keep", "next")


@pytest.mark.parametrize(
    ("anchor", "days", "due"),
    [
        (dt.date(2025, 12, 31), 20, dt.date(2026, 1, 29)),
        (dt.date(2026, 1, 31), 10, dt.date(2026, 2, 13)),
        (dt.date(2026, 9, 30), 15, dt.date(2026, 10, 27)),
        (dt.date(2026, 2, 13), 2, dt.date(2026, 2, 24)),
        (dt.date(2026, 6, 21), -10, dt.date(2026, 6, 5)),
    ],
    ids=str,
)
def test_the_seeded_calendar_counts_like_the_rule_book(db, anchor, days, due):
    assert workday_calendar().add_workdays(anchor, days) == due


@pytest.mark.parametrize("year", [2025, 2026])
def test_both_years_have_248_working_days(db, year):
    assert BusinessDay.objects.filter(date__year=year, is_workday=True).count() == 248


def test_the_calendar_is_read_once(db, django_assert_num_queries):
    workday_calendar()
    with django_assert_num_queries(1):
        workday_calendar()


@pytest.mark.parametrize(
    "change",
    [
        lambda: BusinessDay.objects.filter(date=DAY).update(is_workday=False),
        lambda: (
            BusinessDay.objects.filter(date=DAY).delete()
            and BusinessDay.objects.create(date=DAY, is_workday=False)
        ),
        lambda: BusinessDay(date=DAY, is_workday=False).save(),
    ],
    ids=["update", "delete and insert", "save"],
)
def test_a_changed_day_is_seen_at_once(db, change):
    assert workday_calendar().is_workday(DAY)
    change()
    assert not workday_calendar().is_workday(DAY)


def test_an_undone_change_is_not_remembered(db):
    from django.db import transaction

    with transaction.atomic():
        BusinessDay.objects.filter(date=DAY).update(is_workday=False)
        assert not workday_calendar().is_workday(DAY)
        transaction.set_rollback(True)
    assert workday_calendar().is_workday(DAY)


def test_a_year_without_rows_is_provisional(db):
    calendar = workday_calendar()
    assert calendar.add_workdays(dt.date(2026, 12, 25), 7) == dt.date(2027, 1, 5)
    assert calendar.is_provisional(dt.date(2027, 1, 5))
    assert not calendar.is_provisional(dt.date(2026, 12, 31))


def test_the_business_date_is_the_row(db, time_machine):
    time_machine.move_to(dt.datetime(2026, 6, 1, 16, 1, tzinfo=dt.UTC))  # 00:01 in Shanghai
    assert business_date() == dt.date(2026, 6, 2)
    BusinessDate.objects.create(current=DAY, started_on=DAY)
    assert business_date() == DAY


def publish(value, effective_from, effective_to=None, state=PublicationState.PUBLISHED):
    Parameter.objects.create(
        name="sample_roll",
        value=value,
        effective_from=effective_from,
        effective_to=effective_to,
        state=state,
    )


def test_readings_are_defaults_until_something_is_published(db):
    publish("next", DAY, state=PublicationState.DRAFT)
    assert readings(Sample, DAY) == Sample()


@pytest.mark.parametrize(
    ("on", "value"),
    [
        (dt.date(2026, 5, 31), "keep"),
        (DAY, "next"),
        (dt.date(2026, 6, 30), "next"),
        (dt.date(2026, 7, 1), "keep"),
    ],
)
def test_a_published_reading_holds_from_its_first_to_its_last_day(db, on, value):
    publish("next", DAY, dt.date(2026, 6, 30))
    assert readings(Sample, on).sample_roll == value


def test_of_two_published_values_the_newest_holds(db):
    publish("next", DAY)
    publish("keep", dt.date(2026, 6, 10))
    assert published_values(dt.date(2026, 6, 9)) == {"sample_roll": "next"}
    assert published_values(dt.date(2026, 6, 10)) == {"sample_roll": "keep"}
