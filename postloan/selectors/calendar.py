"""Reads of the calendar page: a year at a glance, and the change that waits for a second person."""

import calendar as months
import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from django.utils.translation import gettext

from approvals.enums import Kind
from approvals.models import Request
from core.importers import YEARS
from core.models import BusinessDay
from core.workdays import WorkdayCalendar

CHANGES_SHOWN = 60


class Kept(StrEnum):
    """How well a year is known."""

    CONFIRMED = "confirmed"
    FORECAST = "forecast"  # rows, but nobody has confirmed them
    EMPTY = "empty"  # no rows at all


@dataclass(frozen=True)
class DayCell:
    """One date of the year grid: ``kind`` is work, off, leave or makeup; ``pending`` when it may change."""

    date: dt.date
    kind: str
    name: str
    today: bool
    pending: bool


@dataclass(frozen=True)
class Month:
    """Weeks of seven cells, None where another month's days stand."""

    first: dt.date
    weeks: list[list[DayCell | None]]


@dataclass(frozen=True)
class DayChange:
    """One date of a change that waits: what it would be, and what it is now."""

    date: dt.date
    is_workday: bool
    was_workday: bool
    name: str


@dataclass(frozen=True)
class Waiting:
    """A change of the year that waits for its second person, with the days in which it differs."""

    request: Request
    changes: list[DayChange]

    @property
    def shown(self) -> list[DayChange]:
        return self.changes[:CHANGES_SHOWN]

    @property
    def more(self) -> int:
        return len(self.changes) - len(self.shown)


@dataclass(frozen=True)
class Year:
    """The calendar of one year."""

    year: int
    months: list[Month]
    kept: Kept
    workdays: int
    sources: list[str] = field(default_factory=list)
    waiting: Waiting | None = None
    elsewhere: list[Request] = field(default_factory=list)  # changes of other years that wait

    @property
    def provisional(self) -> bool:
        return self.kept != Kept.CONFIRMED


def year_grid(year: int, calendar: WorkdayCalendar, today: dt.date) -> Year:
    """Twelve months with leave and make-up days, and what waits; two queries."""
    rows = {
        row.date: row
        for row in BusinessDay.objects.filter(date__range=(dt.date(year, 1, 1), dt.date(year, 12, 31)))
    }
    waiting, elsewhere = _waiting(year, rows, calendar)
    pending = {change.date for change in waiting.changes} if waiting else set()
    cells = {day: _cell(day, rows.get(day), calendar, today, pending) for day in _days_of(year)}
    return Year(
        year=year,
        months=[_month(year, month, cells) for month in range(1, 13)],
        kept=_kept(year, rows, calendar),
        workdays=sum(calendar.is_workday(day) for day in cells),
        sources=sorted({row.source for row in rows.values() if row.source}),
        waiting=waiting,
        elsewhere=elsewhere,
    )


def _kept(year: int, rows: Mapping[dt.date, BusinessDay], calendar: WorkdayCalendar) -> Kept:
    if year in calendar.confirmed_years:
        return Kept.CONFIRMED
    return Kept.FORECAST if rows else Kept.EMPTY


def _days_of(year: int) -> Iterable[dt.date]:
    first = dt.date(year, 1, 1)
    return (first + dt.timedelta(days=n) for n in range(366 if months.isleap(year) else 365))


def _cell(
    day: dt.date, row: BusinessDay | None, calendar: WorkdayCalendar, today: dt.date, pending: set[dt.date]
) -> DayCell:
    name = row.label if row else ""
    return DayCell(day, _kind(day, name, works=calendar.is_workday(day)), name, day == today, day in pending)


def _kind(day: dt.date, name: str, *, works: bool) -> str:
    """A weekend that has a name belongs to a leave."""
    weekday = day.weekday() < 5
    if works:
        return "work" if weekday else "makeup"
    return "leave" if weekday or name else "off"


def _month(year: int, month: int, cells: Mapping[dt.date, DayCell]) -> Month:
    weeks = months.Calendar(firstweekday=0).monthdatescalendar(year, month)
    return Month(
        dt.date(year, month, 1),
        [[cells[day] if day.month == month else None for day in week] for week in weeks],
    )


def _waiting(
    year: int, rows: Mapping[dt.date, BusinessDay], calendar: WorkdayCalendar
) -> tuple[Waiting | None, list[Request]]:
    """The open change of this year, and those of other years; one query."""
    asked = Request.objects.open().filter(kind=Kind.CALENDAR_CHANGE).select_related("applicant")
    requests = list(asked.order_by("subject_no"))
    mine = next((request for request in requests if request.subject_no == str(year)), None)
    elsewhere = [request for request in requests if request is not mine]
    return (Waiting(mine, list(_changes(mine, rows, calendar))) if mine else None), elsewhere


def _changes(
    request: Request, rows: Mapping[dt.date, BusinessDay], calendar: WorkdayCalendar
) -> Iterator[DayChange]:
    for iso, is_workday, name in request.payload["days"]:
        day = dt.date.fromisoformat(iso)
        row, works = rows.get(day), calendar.is_workday(day)
        if is_workday != works or name != (row.name if row else ""):
            yield DayChange(day, is_workday, works, gettext(name) if name else "")


def years_around(year: int, today: dt.date, calendar: WorkdayCalendar) -> list[tuple[int, bool]]:
    """The years to choose from, with whether each is confirmed; asks the database nothing."""
    near = set(range(today.year - 2, today.year + 3)) | {year - 1, year, year + 1}
    return [(one, one in calendar.confirmed_years) for one in sorted(near & set(YEARS))]
