"""One duty: its page, marking it done, asking for a waiver."""

from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from approvals.services import request_waiver
from core.errors import ApplicationError, Conflict
from core.forms import blame
from core.workplace import today
from duties.acts import act_of
from duties.enums import DutyState
from duties.models import Duty
from duties.permissions import require_closing
from org.requests import StaffRequest
from reports.forms import CompleteForm, WaiverForm
from reports.selectors.duty import duty_page, visible_duty
from reports.services import complete_with_file

CHANGED = "dutyChanged"


def _get(request: StaffRequest, pk: int) -> Duty:
    duty = visible_duty(request.user, pk)
    if duty is None:
        raise Http404
    return duty


@require_GET
def detail(request: StaffRequest, pk: int) -> HttpResponse:
    """Why me, why then; what happened; what can be done."""
    return _page(request, _get(request, pk))


def _page(request: StaffRequest, duty: Duty, status: int = 200, **forms: Form) -> HttpResponse:
    context: dict[str, Any] = {"page": duty_page(duty, request.user, today(request))}
    initial = {"version": duty.version}
    context["complete_form"] = forms.get("complete") or CompleteForm(initial=initial, prefix="done")
    if status == Conflict.status:
        context["stale_form"] = next(iter(forms.values()))
    context["waiver_form"] = forms.get("waive") or WaiverForm(initial=initial, prefix="waiver")
    return render(request, "reports/duty.html", context, status=status)


@require_http_methods(["GET", "POST"])
def complete(request: StaffRequest, pk: int) -> HttpResponse:
    """Mark the duty done, or go to the form that discharges it. The same submission twice is one act."""
    duty = _get(request, pk)
    if act := act_of(duty):
        return HttpResponseClientRedirect(act.url) if request.htmx else HttpResponseRedirect(act.url)
    require_closing(request.user, duty, today(request))
    form = CompleteForm(
        request.POST or None, request.FILES or None, initial={"version": duty.version}, prefix="done"
    )
    if request.method != "POST" or not form.is_valid():
        return _form(request, duty, "complete", form)
    note = form.cleaned_data["note"]
    try:
        complete_with_file(
            duty,
            actor=request.user,
            business_date=today(request),
            note=note,
            version=form.cleaned_data["version"],
            file=form.cleaned_data["evidence"],
        )
    except Conflict as error:
        duty.refresh_from_db()
        if (duty.state, duty.closing_note) != (DutyState.DONE, note.strip()):
            return _stale(request, duty, "complete", form, error)
    except ApplicationError as error:
        blame(form, error, file="evidence")
        return _form(request, duty, "complete", form)
    return _done(request, _("Marked as done."))


@require_http_methods(["GET", "POST"])
def waive(request: StaffRequest, pk: int) -> HttpResponse:
    """Ask another person to waive the duty."""
    duty = _get(request, pk)
    require_closing(request.user, duty, today(request))
    form = WaiverForm(request.POST or None, initial={"version": duty.version}, prefix="waiver")
    if request.method != "POST" or not form.is_valid():
        return _form(request, duty, "waive", form)
    try:
        request_waiver(
            duty, actor=request.user, business_date=today(request), reason=form.cleaned_data["reason"]
        )
    except Conflict as error:
        duty.refresh_from_db()
        return _stale(request, duty, "waive", form, error)
    except ApplicationError as error:
        blame(form, error)
        return _form(request, duty, "waive", form)
    return _done(request, _("The waiver was requested; another person decides."))


def _form(request: StaffRequest, duty: Duty, act: str, form: Form, status: int | None = None) -> HttpResponse:
    """The form in a dialog for htmx, else on the duty's page; what was typed is still in it."""
    status = status or (422 if form.is_bound else 200)
    if not request.htmx:
        return _page(request, duty, status, **{act: form})
    context = {"duty": duty, "form": form, "act": act, "conflict": status == Conflict.status}
    return render(request, "reports/_duty_dialog.html", context, status=status)


def _stale(request: StaffRequest, duty: Duty, act: str, form: Form, error: Conflict) -> HttpResponse:
    """Somebody else was faster: the text stays, and what the duty looks like now stands beside it."""
    form.add_error(None, str(error.message))
    form.data = {**form.data.dict(), form.add_prefix("version"): str(duty.version)}  # type: ignore[attr-defined]
    return _form(request, duty, act, form, Conflict.status)


def _done(request: StaffRequest, text: str) -> HttpResponse:
    messages.success(request, text)
    if not request.htmx:
        return HttpResponseRedirect(reverse("reports:workbench"))
    response = render(request, "partials/toasts_oob.html")
    response["HX-Trigger"] = CHANGED
    return response
