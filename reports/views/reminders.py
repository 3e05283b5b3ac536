"""What the person was reminded of."""

import datetime as dt

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from core.workplace import workplace
from duties.services import mark_digests_read
from org.requests import StaffRequest
from reports.permissions import sees_team
from reports.selectors.reminders import reminder_page


@require_GET
def reminders(request: StaffRequest) -> HttpResponse:
    """The own digests by day and what was escalated; looking at them takes the number off the bell."""
    place = workplace(request)
    page = reminder_page(
        request.user,
        today=place.today,
        calendar=place.calendar,
        day=_day(request.GET.get("day", "")),
        params=request.GET,
    )
    response = render(request, "reports/reminders.html", {"page": page, "team": sees_team(request.user)})
    if page.news:
        mark_digests_read(request.user)
    return response


def _day(text: str) -> dt.date | None:
    """The day asked for; the newest digest for anything that is no day."""
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2100 else None
