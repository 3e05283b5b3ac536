"""The approval queue: what waits for this person's signature, and what became of the own requests."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from approvals.enums import Outcome
from approvals.forms import DecisionForm
from approvals.models import Request
from approvals.selectors import queue as waiting_for
from approvals.selectors import requests_for
from approvals.services import decide as sign
from approvals.services import withdraw as take_back
from core import subjects
from core.errors import ApplicationError, Conflict
from core.forms import blame
from core.workplace import today
from org.requests import StaffRequest

QUEUE_SHOWN = 100
OWN_SHOWN = 20


@require_GET
def queue(request: StaffRequest) -> HttpResponse:
    """Left the queue by deadline, right the request to decide; the next one comes up by itself."""
    return _queue(request)


def _queue(request: StaffRequest, form: DecisionForm | None = None, status: int = 200) -> HttpResponse:
    waiting = list(waiting_for(request.user, today(request))[:QUEUE_SHOWN])
    number = request.GET.get("request", "")
    chosen = next((row for row in waiting if row.number == number), waiting[0] if waiting else None)
    context: dict[str, Any] = {
        "waiting": waiting,
        "chosen": chosen,
        "own": requests_for(request.user).filter(applicant=request.user)[:OWN_SHOWN],
        "form": form or (DecisionForm(initial={"level": chosen.level}) if chosen else None),
        "outcomes": Outcome,
    }
    if chosen is not None:
        context["subject_url"] = subjects.url(chosen.subject_type, chosen.subject_no)
        context["signatures"] = chosen.decisions.select_related("actor", "principal").order_by("level")
    return render(request, "approvals/queue.html", context, status=status)


def _get(request: StaffRequest, number: str) -> Request:
    row = Request.objects.visible_to(request.user).filter(number=number).first()
    if row is None:
        raise Http404
    return row


@require_POST
def decide(request: StaffRequest, number: str) -> HttpResponse:
    """Sign the level that was seen; a second press of the button finds it signed and says so."""
    row = _get(request, number)
    form = DecisionForm(request.POST)
    request.GET = request.GET.copy() | {"request": number}  # type: ignore[assignment]
    if not form.is_valid():
        return _queue(request, form, 422)
    try:
        sign(
            row,
            actor=request.user,
            business_date=today(request),
            outcome=form.cleaned_data["outcome"],
            opinion=form.cleaned_data["opinion"],
            level=form.cleaned_data["level"],
        )
    except Conflict as error:
        messages.warning(request, str(error.message))
    except ApplicationError as error:
        if error.status != ApplicationError.status:
            raise
        blame(form, error)
        return _queue(request, form, error.status)
    else:
        messages.success(request, _("Signed: %(title)s.") % {"title": row.title})
    return HttpResponseRedirect(reverse("approvals:queue"))


@require_POST
def withdraw(request: StaffRequest, number: str) -> HttpResponse:
    """Take back an own request that still waits."""
    try:
        take_back(_get(request, number), actor=request.user, business_date=today(request))
    except Conflict as error:
        messages.warning(request, str(error.message))
    else:
        messages.success(request, _("The request was withdrawn."))
    return HttpResponseRedirect(reverse("approvals:queue"))
