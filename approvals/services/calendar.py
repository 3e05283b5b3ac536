"""Changing the calendar takes two persons; open duties then get their dates anew (CAL-1, CAL-10)."""

import datetime as dt
from calendar import isleap
from collections.abc import Iterator, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from approvals.enums import Kind
from approvals.models import Request
from approvals.services.signing import submit
from core import subjects
from core.digests import content_hash
from core.errors import ApplicationError
from core.models import BusinessDay
from core.selectors import workday_calendar
from core.services import CalendarDay, apply_calendar
from duties.enums import SubjectType
from duties.models import Duty
from duties.services import recompute_deadlines
from org.models import Branch, User
from org.permissions import require_administration
from org.selectors import head_office


@transaction.atomic
def request_calendar_change(
    days: Sequence[CalendarDay], *, actor: User, business_date: dt.date, source: str
) -> Request:
    """Ask a second person to confirm calendar days of one year; ``source`` names the notice.

    The days come from a form or from ``core.importers.read_calendar``. ApplicationError
    ("calendar_change") for no days, several years, single days of a year that is not confirmed, no source,
    or days that are as they shall be.
    """
    require_administration(actor)
    year = _one_year(days)
    _require_sense(days, year)
    if not source.strip():
        raise ApplicationError("calendar_change", _("Name the notice that this follows."))
    payload = {"source": source.strip()[:120], "days": [_told(day) for day in days]}
    return submit(
        Kind.CALENDAR_CHANGE,
        SubjectType.CALENDAR,
        str(year),
        applicant=actor,
        business_date=business_date,
        content_hash=content_hash(payload),
        branch=whole_bank(),
        title=_("Calendar %(year)s: %(n)s days (%(source)s)")
        % {"year": year, "n": len(days), "source": payload["source"]},
        payload=payload,
    )


def _one_year(days: Sequence[CalendarDay]) -> int:
    years = {day.date.year for day in days}
    if len(years) != 1:
        raise ApplicationError("calendar_change", _("A change covers days of exactly one year."))
    return years.pop()


def _require_sense(days: Sequence[CalendarDay], year: int) -> None:
    """One confirmed day makes its year a confirmed one, so a year comes whole the first time."""
    whole = {day.date for day in days} >= set(_days_of(year))
    if not whole and year not in workday_calendar().confirmed_years:
        raise ApplicationError(
            "calendar_change",
            _("Load the calendar of %(year)s first; single days change afterwards.") % {"year": year},
        )
    known = BusinessDay.objects.in_bulk([day.date for day in days])
    if all(_is_so(known.get(day.date), day) for day in days):
        raise ApplicationError("calendar_change", _("The calendar says so already; nothing would change."))


def _days_of(year: int) -> Iterator[dt.date]:
    first = dt.date(year, 1, 1)
    return (first + dt.timedelta(days=n) for n in range(366 if isleap(year) else 365))


def _is_so(row: BusinessDay | None, day: CalendarDay) -> bool:
    return row is not None and row.confirmed and (row.is_workday, row.name) == (day.is_workday, day.name)


def whole_bank() -> Branch:
    """The branch of requests that concern everybody: the head office."""
    branch = head_office()
    if branch is None:
        raise ApplicationError("no_branch", _("There is no branch yet; import the branches first."))
    return branch


def _told(day: CalendarDay) -> list[Any]:
    return [day.date.isoformat(), day.is_workday, day.name]


def on_calendar_approved(verdict: subjects.Verdict) -> None:
    """Write the days, then move what is open: rule-made duties and signatures that wait."""
    before = workday_calendar()
    days = [
        CalendarDay(dt.date.fromisoformat(date), is_workday, name)
        for date, is_workday, name in verdict.payload["days"]
    ]
    apply_calendar(
        days,
        actor=verdict.actor,
        business_date=verdict.business_date,
        source=str(verdict.payload["source"]),
    )
    recompute_deadlines(verdict.actor, verdict.business_date, before=before)
    recompute_signatures()


@transaction.atomic
def recompute_signatures() -> int:
    """Give the open signing duties and their requests the dates of the calendar as it is now."""
    calendar = workday_calendar()
    changed = 0
    for duty in Duty.objects.open().filter(code__startswith="SIGN_", rule__isnull=True).iterator():
        due = calendar.add_workdays(duty.anchor_on, int(duty.explanation["offset"]))
        provisional = calendar.is_provisional(duty.anchor_on, due)
        if (due, provisional) == (duty.due_on, duty.provisional):
            continue
        duty.due_on, duty.provisional, duty.version = due, provisional, duty.version + 1
        duty.save(update_fields=["due_on", "provisional", "version"])
        Request.objects.open().filter(number=duty.period_key).update(due_on=due)
        changed += 1
    return changed
