"""The form of a duty to send a letter: what it will say, why it may not go, issue it or record a contact."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from collections_app.enums import CONTACT_METHODS
from collections_app.forms import ContactForm
from collections_app.permissions import can_issue, require_issuing
from collections_app.selectors import notices as selectors
from collections_app.selectors.cases import Case, duty_for_letter, load_cases
from collections_app.selectors.letters import TEMPLATES, letter_context
from collections_app.services.delivering import record_contact
from collections_app.services.issuing import issue_notice, refusal, refusal_by_facts
from core.errors import ApplicationError, Conflict
from core.forms import blame
from core.workplace import today
from duties.models import Duty
from org.requests import StaffRequest


def _duty(request: StaffRequest, pk: int) -> Duty:
    duty = duty_for_letter(request.user, pk)
    if duty is None:
        raise Http404
    return duty


def _to_notice(duty: Duty) -> HttpResponse | None:
    """To the letter that the duty has already."""
    standing = selectors.standing_notice(duty)
    if standing is None:
        return None
    return HttpResponseRedirect(reverse("collections:notice", args=[standing.pk]))


@require_GET
def letter(request: StaffRequest, pk: int) -> HttpResponse:
    """The letter as it would go out today, and what can be done."""
    duty = _duty(request, pk)
    return _to_notice(duty) or _page(request, duty)


def _page(request: StaffRequest, duty: Duty, status: int = 200, **forms: Any) -> HttpResponse:
    on = today(request)
    (case,) = load_cases([duty])
    form = forms.get("contact") or ContactForm(
        kind=duty.code, letter=False, initial={"on": on}, prefix="contact"
    )
    context = {
        "duty": duty,
        "case": case,
        "refusal": refusal(case, on),
        "cautions": selectors.case_cautions(case, on),
        "preview": _preview(case, request),
        "acts": can_issue(request.user, duty, on),
        "contact_form": form if duty.code in CONTACT_METHODS else None,
        "error": forms.get("error", ""),
    }
    return render(request, "collections_app/letter.html", context, status=status)


def _preview(case: Case, request: StaffRequest) -> str:
    """The letter without a number; nothing when the facts for it are not there."""
    if not case.loans or refusal_by_facts(case, today(request)):
        return ""
    return render_to_string(TEMPLATES[case.duty.code], letter_context(case, today(request)))


@require_POST
def issue(request: StaffRequest, pk: int) -> HttpResponse:
    """Issue the letter; pressed twice it is issued once."""
    duty = _duty(request, pk)
    require_issuing(request.user, duty, today(request))
    try:
        notice = issue_notice(duty, actor=request.user, business_date=today(request))
    except Conflict:
        return _to_notice(duty) or _page(request, duty, Conflict.status)
    except ApplicationError as error:
        return _page(request, duty, error.status, error=str(error.message))
    messages.success(request, _("The letter was issued. Print it, send it, and record how."))
    return HttpResponseRedirect(reverse("collections:notice", args=[notice.pk]))


@require_http_methods(["GET", "POST"])
def contact(request: StaffRequest, pk: int) -> HttpResponse:
    """Record that somebody was told without a letter."""
    duty = _duty(request, pk)
    require_issuing(request.user, duty, today(request))
    if request.method == "GET":  # somebody reloads the page that told of an error
        return HttpResponseRedirect(reverse("collections:letter", args=[duty.pk]))
    form = ContactForm(request.POST, request.FILES, kind=duty.code, letter=False, prefix="contact")
    if not form.is_valid():
        return _page(request, duty, 422, contact=form)
    try:
        notice = record_contact(duty, form.attempt(), actor=request.user, business_date=today(request))
    except Conflict as error:
        if already := _to_notice(duty):
            messages.info(request, str(error.message))
            return already
        form.add_error(None, str(error.message))
        return _page(request, duty, error.status, contact=form)
    except ApplicationError as error:
        blame(form, error)
        return _page(request, duty, error.status, contact=form)
    messages.success(request, _("The contact was recorded and the duty is done."))
    return HttpResponseRedirect(reverse("collections:notice", args=[notice.pk]))
