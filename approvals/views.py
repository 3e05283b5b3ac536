"""The approval queue: what waits for this person's signature, and what became of the own requests."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from approvals import desk
from approvals.forms import DecisionForm, TogetherForm
from approvals.models import Request
from approvals.selectors import requests_for
from approvals.services import withdraw as take_back
from core.errors import ApplicationError, Conflict
from core.forms import blame
from core.workplace import today
from org.requests import StaffRequest

OWN_SHOWN = 20


@require_GET
def queue(request: StaffRequest) -> HttpResponse:
    """The queue by deadline, what lies open, and the decision; the next one comes up by itself."""
    return _queue(request, request.GET.get("item", ""))


def _queue(request: StaffRequest, key: str, status: int = 200, **forms: Any) -> HttpResponse:
    only = request.GET.get("kind", "")
    waiting = desk.desk(request.user, today(request), only if desk.tray(only) else "")
    item = waiting.at(key)
    if item is not None and _note_opening(request, item):
        waiting = desk.desk(request.user, today(request), only if desk.tray(only) else "")
        item = waiting.at(item.key)
    context: dict[str, Any] = {
        "desk": waiting,
        "only": only,
        "trays": _trays(waiting),
        "item": item,
        "own": requests_for(request.user).filter(applicant=request.user)[:OWN_SHOWN],
        "together": forms.get("together") or TogetherForm(),
        "may_sign_together": sum(_joins(one) for one in waiting.items) > 1,
    }
    if item is not None:
        context |= _open(request, waiting, item, forms.get("decision"))
    return render(request, "approvals/queue.html", context, status=status)


def _trays(waiting: desk.Desk) -> list[tuple[str, Any, int]]:
    """The kinds to narrow the queue to: name, label, how many wait."""
    named = ((name, desk.tray(name), count) for name, count in waiting.counts.items())
    return [(name, one.label, count) for name, one, count in named if one is not None]


def _joins(item: desk.Item) -> bool:
    one = desk.tray(item.tray)
    return item.opened and one is not None and one.together


def _note_opening(request: StaffRequest, item: desk.Item) -> bool:
    """Whether this is the first time that the person has the record open."""
    tray = _tray(item.tray)
    record = tray.find(request.user, item.number) if tray.open and not item.opened else None
    if record is None or tray.open is None:
        return False
    tray.open(request.user, record, today(request))
    return True


def _open(
    request: StaffRequest, waiting: desk.Desk, item: desk.Item, form: DecisionForm | None
) -> dict[str, Any]:
    tray = _tray(item.tray)
    record = tray.find(request.user, item.number)
    if record is None:
        raise Http404
    sheet = tray.sheet(request.user, record)
    after = waiting.after(item)
    return {
        **sheet.context,
        "sheet": sheet.template,
        "outcomes": tray.outcomes,
        "form": form or DecisionForm(initial={"level": sheet.seen, "after": after.key if after else ""}),
    }


def _tray(name: str) -> desk.Tray:
    tray = desk.tray(name)
    if tray is None:
        raise Http404
    return tray


@require_POST
def decide(request: StaffRequest, tray: str, number: str) -> HttpResponse:
    """Sign what was seen; a second press of the button finds it signed and says so."""
    one = _tray(tray)
    record = one.find(request.user, number)
    if record is None:
        raise Http404
    form = DecisionForm(request.POST)
    if not form.is_valid() or form.cleaned_data["outcome"] not in one.outcomes:
        return _queue(request, f"{tray}:{number}", 422, decision=form)
    try:
        one.decide(
            record,
            actor=request.user,
            business_date=today(request),
            outcome=form.cleaned_data["outcome"],
            opinion=form.cleaned_data["opinion"],
            seen=form.cleaned_data["level"],
        )
    except Conflict as error:
        messages.warning(request, str(error.message))
    except ApplicationError as error:
        if error.status != ApplicationError.status:
            raise
        blame(form, error)
        return _queue(request, f"{tray}:{number}", error.status, decision=form)
    else:
        messages.success(request, _("Signed: %(title)s.") % {"title": getattr(record, "title", record)})
    return _next(request, form.cleaned_data["after"])


def _next(request: StaffRequest, key: str = "") -> HttpResponse:
    asked = {"kind": request.GET.get("kind", ""), "item": key}
    query = urlencode({name: value for name, value in asked.items() if value})
    return HttpResponseRedirect(reverse("approvals:queue") + (f"?{query}" if query else ""))


@require_POST
def together(request: StaffRequest) -> HttpResponse:
    """Approve several that were opened, with one opinion; all or none."""
    form = TogetherForm(request.POST)
    if not form.is_valid():
        return _queue(request, "", 422, together=form)
    try:
        signed = desk.approve_together(
            request.POST.getlist("items")[: desk.SHOWN],
            actor=request.user,
            business_date=today(request),
            opinion=form.cleaned_data["opinion"],
        )
    except Conflict as error:
        messages.warning(request, str(error.message))
    except ApplicationError as error:
        if error.status != ApplicationError.status:
            raise
        blame(form, error)
        return _queue(request, "", error.status, together=form)
    else:
        told = ngettext("%(n)s record signed.", "%(n)s records signed.", len(signed))
        messages.success(request, told % {"n": len(signed)})
    return _next(request)


def _get(request: StaffRequest, number: str) -> Request:
    row = Request.objects.visible_to(request.user).filter(number=number).first()
    if row is None:
        raise Http404
    return row


@require_POST
def withdraw(request: StaffRequest, number: str) -> HttpResponse:
    """Take back an own request that still waits."""
    try:
        take_back(_get(request, number), actor=request.user, business_date=today(request))
    except Conflict as error:
        messages.warning(request, str(error.message))
    else:
        messages.success(request, _("The request was withdrawn."))
    return _next(request)
