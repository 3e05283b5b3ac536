"""Reads of the foundations: the calendar, the business date, the readings in force."""

import datetime as dt
from typing import NamedTuple, TypeVar
from uuid import UUID

from django.db.models import Q, Subquery

from core import clock
from core.enums import PublicationState
from core.models import BusinessDate, BusinessDay, CalendarVersion, Parameter
from core.readings import Readings
from core.workdays import WorkdayCalendar

R = TypeVar("R", bound=Readings)

_calendar: tuple[UUID, WorkdayCalendar] | None = None


def workday_calendar() -> WorkdayCalendar:
    """The bank's calendar of working days (CAL-1); one short query unless its rows changed."""
    global _calendar  # noqa: PLW0603 - one process, one calendar
    token = CalendarVersion.objects.values_list("token", flat=True).first()
    if token is None:
        return _read_calendar()
    if _calendar is None or _calendar[0] != token:
        _calendar = (token, _read_calendar())
    return _calendar[1]


def _read_calendar() -> WorkdayCalendar:
    rows = BusinessDay.objects.order_by().values_list("date", "is_workday", "confirmed")
    return WorkdayCalendar.from_rows(rows.iterator())


class WorkDay(NamedTuple):
    """The day that a page works on: ``closed`` is the day whose close its figures are as of."""

    today: dt.date
    closed: dt.date
    calendar: WorkdayCalendar


def work_day() -> WorkDay:
    """Business date, last closed day and calendar in one short query; what every page begins with.

    Before the first run the figures are those of the first delivery, whose date is the business date.
    """
    token = Subquery(CalendarVersion.objects.values("token")[:1])
    row = BusinessDate.objects.annotate(token=token).values_list("current", "started_on", "token").first()
    if row is None:
        return WorkDay(clock.today(), clock.today(), workday_calendar())
    today, started_on, current_token = row
    known = _calendar is not None and _calendar[0] == current_token
    calendar = _calendar[1] if known else workday_calendar()  # type: ignore[index]
    return WorkDay(today, max(today - dt.timedelta(days=1), started_on), calendar)


def business_date() -> dt.date:
    """The date the bank works on; before the first delivery, the date at the bank."""
    return BusinessDate.objects.values_list("current", flat=True).first() or clock.today()


def readings(readings_type: type[R], on: dt.date) -> R:
    """An app's readings in force on a date: its defaults overlaid with what was published."""
    return readings_type.from_values(published_values(on))


def published_values(on: dt.date) -> dict[str, str]:
    """Every published parameter value in force on a date, by name; of several the newest."""
    rows = Parameter.objects.filter(
        Q(effective_to__isnull=True) | Q(effective_to__gte=on),
        state=PublicationState.PUBLISHED,
        effective_from__lte=on,
    ).order_by("effective_from")
    return dict(rows.values_list("name", "value"))
