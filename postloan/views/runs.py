"""The daily-run monitor."""

import datetime as dt

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from core.errors import ApplicationError
from core.forms import blame
from core.workplace import today
from org.requests import StaffRequest
from postloan.forms import RunForm
from postloan.permissions import can_run_days, require_run, require_watch
from postloan.selectors import runs as selectors
from postloan.services import ask_for_run

ENDED = "runEnded"


@require_http_methods(["GET", "POST"])
def runs(request: StaffRequest) -> HttpResponse:
    """Where the bank's day stands, and the runs; a POST asks for a run."""
    require_watch(request.user)
    if request.method == "POST":
        return _run_now(request)
    if request.htmx.target == "list":
        return render(request, "postloan/_run_list.html", _listed(request))
    return _page(request, RunForm())


def _page(request: StaffRequest, form: RunForm, status: int = 200) -> HttpResponse:
    context = {
        **_listed(request),
        "operation": selectors.operation(),
        "form": form,
        "starts": can_run_days(request.user),
    }
    return render(request, "postloan/runs.html", context, status=status)


def _listed(request: StaffRequest) -> dict[str, object]:
    page = selectors.run_list(request.GET)
    return {"page": page, "starters": selectors.starters(page.rows)}


def _run_now(request: StaffRequest) -> HttpResponse:
    """Ask a worker to catch up; a second press of the button asks for nothing more."""
    require_run(request.user)
    form = RunForm(request.POST)
    if not form.is_valid():
        return _page(request, form, 422)
    try:
        _job, is_new = ask_for_run(actor=request.user, business_date=today(request), **form.cleaned_data)
    except ApplicationError as error:
        if error.code == "nothing_to_do":
            messages.info(request, str(error.message))
            return HttpResponseRedirect(reverse("postloan:runs"))
        blame(form, error)
        return _page(request, form, error.status)
    if is_new:
        messages.success(request, _("The run was asked for; its progress shows here."))
    else:
        messages.info(request, _("A run has been asked for already; its progress shows here."))
    return HttpResponseRedirect(reverse("postloan:runs"))


@require_GET
def state(request: StaffRequest) -> HttpResponse:
    """The part of the page that asks again by itself; when the work has ended, the list is told."""
    require_watch(request.user)
    operation = selectors.operation()
    response = render(request, "postloan/_operation.html", {"operation": operation})
    if not operation.under_way and request.GET.get("was") == "busy":
        response["HX-Trigger"] = ENDED
    return response


@require_GET
def run(request: StaffRequest, date: str) -> HttpResponse:
    """One run: its steps, block by block, with what each did."""
    require_watch(request.user)
    page = selectors.run_of(_date(date))
    if page is None:
        raise Http404
    context = {"page": page, "run": page.run, "starters": selectors.starters([page.run])}
    template = "postloan/_run.html" if request.htmx.target == "run" else "postloan/run.html"
    return render(request, template, context)


def _date(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise Http404 from None
