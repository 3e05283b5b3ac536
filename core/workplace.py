"""What every page of one request knows about the bank's day; asked once, then kept on the request."""

import datetime as dt
from functools import cached_property

from django.http import HttpRequest

from core.selectors import WorkDay, work_day
from core.workdays import WorkdayCalendar


class Workplace:
    """The business date and the calendar that this request works with.

    A page that begins on one business date ends on it, even when a run closes the day meanwhile.
    """

    @cached_property
    def _work_day(self) -> WorkDay:
        return work_day()

    @property
    def today(self) -> dt.date:
        """The business date; deadlines are counted from it."""
        return self._work_day.today

    @property
    def closed(self) -> dt.date:
        """The last closed day; overdue figures are as of its close."""
        return self._work_day.closed

    @property
    def calendar(self) -> WorkdayCalendar:
        return self._work_day.calendar


def workplace(request: HttpRequest) -> Workplace:
    """The request's workplace, made at the first call."""
    if not hasattr(request, "workplace"):
        request.workplace = Workplace()  # type: ignore[attr-defined]
    return request.workplace  # type: ignore[attr-defined]


def today(request: HttpRequest) -> dt.date:
    """The business date of this request (never the browser's, never the server's clock)."""
    return workplace(request).today
