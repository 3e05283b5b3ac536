"""The audit trail for auditors: find events, read one, see whether the chains hold."""

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core import subjects
from core.models import AuditEvent
from org.requests import StaffRequest
from postloan.filters import AuditFilter
from postloan.permissions import require_audit
from postloan.selectors import audit as selectors
from postloan.services import ask_for_check


@require_GET
def trail(request: StaffRequest) -> HttpResponse:
    """The events, newest first."""
    require_audit(request.user)
    narrowed = AuditFilter(request.GET, queryset=AuditEvent.objects.all(), request=request)
    context = {"filter": narrowed, "page": selectors.event_page(narrowed.qs, request.GET)}
    if request.htmx.target == "list":
        return render(request, "postloan/_audit_list.html", context)
    return render(request, "postloan/audit.html", {**context, "chains": selectors.chains()})


@require_GET
def chains(request: StaffRequest) -> HttpResponse:
    """The state of the chains; asks again by itself while they are verified."""
    require_audit(request.user)
    return render(request, "postloan/_chains.html", {"chains": selectors.chains()})


@require_GET
def event(request: StaffRequest, pk: int) -> HttpResponse:
    """One event: what was before, what is after, and its place in the chain."""
    require_audit(request.user)
    page = selectors.event_of(pk)
    if page is None:
        raise Http404
    kind, number = page.event.subject_type, page.event.subject_no
    visible = subjects.visible_to(request.user, kind, number)
    context = {"page": page, "event": page.event, "record": subjects.url(kind, number) if visible else None}
    return render(request, "postloan/audit_event.html", context)


@require_POST
def verify(request: StaffRequest) -> HttpResponse:
    """Ask a worker to verify every chain."""
    require_audit(request.user)
    ask_for_check(actor=request.user)
    messages.success(request, _("The verification was asked for; its result shows here."))
    return HttpResponseRedirect(reverse("postloan:audit"))
