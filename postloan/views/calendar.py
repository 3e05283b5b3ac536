"""The working-day calendar: a year at a glance, and changes that a second person confirms."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from approvals.permissions import can_decide
from approvals.selectors import open_request
from approvals.services import request_calendar_change
from core.errors import ApplicationError, Conflict
from core.forms import blame
from core.importers import YEARS, read_calendar
from core.services import CalendarDay
from core.workplace import today, workplace
from duties.enums import SubjectType
from org.permissions import can_administer, require_administration
from org.requests import StaffRequest
from postloan.forms import CalendarDayForm, CalendarFileForm
from postloan.selectors.calendar import year_grid, years_around

FAULTS_SHOWN = 100


@require_GET
def calendar(request: StaffRequest) -> HttpResponse:
    """Everybody sees the calendar that deadlines are counted by."""
    return _page(request, _year(request))


def _year(request: StaffRequest) -> int:
    text = request.GET.get("year", "")
    # Four ASCII digits: int() takes more than anybody types as a year.
    year = int(text) if len(text) == 4 and text.isascii() and text.isdigit() else 0
    return year if year in YEARS else today(request).year


def _page(request: StaffRequest, year: int, status: int = 200, **shown: Any) -> HttpResponse:
    place = workplace(request)
    grid = year_grid(year, place.calendar, place.today)
    context: dict[str, Any] = {
        "grid": grid,
        "years": years_around(year, place.today, place.calendar),
        "changes": can_administer(request.user),
        "signs": grid.waiting is not None and can_decide(request.user, grid.waiting.request, place.today),
        "file_form": shown.get("file_form") or CalendarFileForm(prefix="file"),
        "day_form": shown.get("day_form")
        or CalendarDayForm(prefix="day", initial={"date": shown.get("date")}),
        "faults": shown.get("faults", [])[:FAULTS_SHOWN],
        "more_faults": max(len(shown.get("faults", [])) - FAULTS_SHOWN, 0),
    }
    return render(request, "postloan/calendar.html", context, status=status)


@require_http_methods(["GET", "POST"])
def upload(request: StaffRequest) -> HttpResponse:
    """A whole year from a CSV file; a second person confirms it before it counts."""
    require_administration(request.user)
    if request.method == "GET":  # somebody reloads the page that told of an error
        return HttpResponseRedirect(reverse("core:calendar"))
    form = CalendarFileForm(request.POST, request.FILES, prefix="file")
    if not form.is_valid():
        return _page(request, today(request).year, 422, file_form=form)
    try:
        days = read_calendar(form.cleaned_data["file"].read())
    except ApplicationError as error:
        form.add_error("file", str(error.message))
        return _page(
            request, today(request).year, error.status, file_form=form, faults=error.details.get("rows", [])
        )
    return _requested(request, days, form, "file_form")


@require_http_methods(["GET", "POST"])
def change_day(request: StaffRequest) -> HttpResponse:
    """One day that turns out otherwise; confirmed by a second person, too."""
    require_administration(request.user)
    if request.method == "GET":
        return HttpResponseRedirect(reverse("core:calendar"))
    form = CalendarDayForm(request.POST, prefix="day")
    if not form.is_valid():
        return _page(request, today(request).year, 422, day_form=form)
    data = form.cleaned_data
    return _requested(
        request, [CalendarDay(data["date"], data["is_workday"], data["name"])], form, "day_form"
    )


def _requested(request: StaffRequest, days: list[CalendarDay], form: Any, name: str) -> HttpResponse:
    year = days[0].date.year
    try:
        request_calendar_change(
            days, actor=request.user, business_date=today(request), source=form.cleaned_data["source"]
        )
    except Conflict:
        if not _is_waiting(request, days, form.cleaned_data["source"]):
            form.add_error(
                None, _("Another change of this year waits already; it is decided or withdrawn first.")
            )
            return _page(request, year, Conflict.status, **{name: form})
    except ApplicationError as error:
        blame(form, error)
        return _page(request, year, error.status, **{name: form})
    messages.success(request, _("The change was submitted; it counts when a second person has confirmed it."))
    return HttpResponseRedirect(f"{reverse('core:calendar')}?year={year}")


def _is_waiting(request: StaffRequest, days: list[CalendarDay], source: str) -> bool:
    """Whether the change that waits is this very one: somebody pressed the button twice."""
    waiting = open_request(SubjectType.CALENDAR, str(days[0].date.year))
    if waiting is None or waiting.applicant_id != request.user.pk:
        return False
    same = [(day.date.isoformat(), day.is_workday, day.name) for day in days]
    return (waiting.payload["source"], [tuple(day) for day in waiting.payload["days"]]) == (source, same)
