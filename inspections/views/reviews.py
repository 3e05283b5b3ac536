"""One work log to read, and a supervisor's review of it."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.errors import ApplicationError, Conflict
from core.forms import blame
from core.workplace import today
from inspections.enums import LogState
from inspections.forms import ReviewForm
from inspections.models import WorkLog
from inspections.permissions import can_review
from inspections.services import open_work_log, return_work_log, sign_work_log
from inspections.tray import log_reading
from inspections.views.logs import get_log
from org.requests import StaffRequest


@require_GET
def log(request: StaffRequest, number: str) -> HttpResponse:
    """The log with its reviews; a reviewer's reading is noted, and the review stands beside it."""
    row = get_log(request, number)
    open_work_log(row, actor=request.user, business_date=today(request))
    return _page(request, row)


def _page(
    request: StaffRequest, row: WorkLog, form: ReviewForm | None = None, status: int = 200
) -> HttpResponse:
    reviews = row.state == LogState.SUBMITTED and can_review(request.user, row, today(request))
    context = {
        **log_reading(row),
        "form": (form or ReviewForm(initial={"submission": row.submission})) if reviews or form else None,
        "writes": row.author_id == request.user.pk and row.state in (LogState.DRAFT, LogState.RETURNED),
    }
    return render(request, "inspections/log.html", context, status=status)


@require_POST
def review(request: StaffRequest, number: str) -> HttpResponse:
    """Sign or return the submission that was read."""
    row = get_log(request, number)
    form = ReviewForm(request.POST)
    act = return_work_log if request.POST.get("act") == "return" else sign_work_log
    if not form.is_valid():
        return _page(request, row, form, 422)
    try:
        act(
            row,
            actor=request.user,
            business_date=today(request),
            opinion=form.cleaned_data["opinion"],
            submission=form.cleaned_data["submission"],
        )
    except Conflict as error:
        row.refresh_from_db()
        form.add_error(None, str(error.message))
        return _page(request, row, form, error.status)
    except ApplicationError as error:
        if error.status != ApplicationError.status:
            raise
        blame(form, error)
        return _page(request, row, form, error.status)
    done = _("The log is signed.") if row.state == LogState.SIGNED else _("The log went back to its author.")
    messages.success(request, done)
    return HttpResponseRedirect(reverse("inspections:log", args=[number]))
