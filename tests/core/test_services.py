"""Calendar rows and policy rows come into force."""

import datetime as dt
from dataclasses import dataclass

import pytest

from core.enums import PublicationState
from core.errors import ApplicationError, Conflict
from core.models import AuditEvent, BusinessDay, Parameter
from core.parameters import catalogue, register
from core.readings import Readings, reading
from core.selectors import workday_calendar
from core.services import CalendarDay, apply_calendar, publish_parameter

DAY = dt.date(2026, 6, 1)


@dataclass(frozen=True)
class Sample(Readings):
    sample_choice: str = reading("first", "second")


@pytest.fixture(autouse=True)
def registered():
    register(Sample, {"sample_choice": "Which comes first"})


def draft(value="second", effective_from=DAY, **fields):
    return Parameter.objects.create(
        name="sample_choice", value=value, effective_from=effective_from, proposed_by="A", **fields
    )


def publish(parameter):
    return publish_parameter(parameter.pk, actor=None, business_date=DAY)


def test_the_catalogue_tells_default_and_choices():
    spec = catalogue()["sample_choice"]
    assert (spec.default, spec.allowed, spec.help) == ("first", ("first", "second"), "Which comes first")


def test_applied_days_are_confirmed_and_audited(cast):
    days = [CalendarDay(dt.date(2027, 1, 1), False, "New Year's Day"), CalendarDay(dt.date(2027, 1, 2), True)]
    assert apply_calendar(days, actor=cast.admin, business_date=DAY, source="Notice 2026/12") == 2
    assert apply_calendar(days, actor=cast.admin, business_date=DAY, source="Notice 2026/12") == 0
    assert not workday_calendar().is_provisional(dt.date(2027, 6, 1))
    assert workday_calendar().is_workday(dt.date(2027, 1, 2))
    assert BusinessDay.objects.get(date="2027-01-01").source == "Notice 2026/12"
    event = AuditEvent.objects.filter(action="calendar.changed").earliest("id")
    assert event.subject_no == "2027"
    assert event.after["2027-01-01"] == [False, "New Year's Day"]


def test_a_published_row_ends_the_one_before(db):
    first = publish(draft("second", DAY))
    second = publish(draft("first", DAY + dt.timedelta(days=10)))
    first.refresh_from_db()
    assert (first.effective_to, second.effective_to) == (dt.date(2026, 6, 10), None)


def test_a_row_published_before_another_ends_when_that_starts(db):
    publish(draft("first", DAY + dt.timedelta(days=10)))
    earlier = publish(draft("second", DAY))
    assert earlier.effective_to == dt.date(2026, 6, 10)


def test_two_rows_never_start_on_the_same_date(db):
    publish(draft())
    with pytest.raises(Conflict) as refusal:
        publish(draft("first"))
    assert refusal.value.code == "same_start"


def test_a_row_is_published_once(db):
    parameter = publish(draft())
    assert parameter.state == PublicationState.PUBLISHED
    Parameter.objects.filter(pk=parameter.pk).update(effective_from=DAY + dt.timedelta(days=1))
    Parameter.objects.filter(pk=parameter.pk).update(state=PublicationState.WITHDRAWN)
    with pytest.raises(Conflict):
        publish(parameter)


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [("sample_choice", "third", "value_not_allowed"), ("no_such", "x", "unknown_parameter")],
)
def test_only_values_of_the_catalogue_are_published(db, name, value, code):
    parameter = Parameter.objects.create(name=name, value=value, effective_from=DAY)
    with pytest.raises(ApplicationError) as refusal:
        publish(parameter)
    assert refusal.value.code == code


def test_every_parameter_of_the_catalogue_says_what_it_decides(db):
    named = {name: spec for name, spec in catalogue().items() if not name.startswith("sample")}
    assert len(named) == 19
    assert all(str(spec.help) for spec in named.values())
