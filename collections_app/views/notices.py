"""One letter: its text, how it was sent, its receipt, what happened to it."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from collections_app.enums import RECEIPTABLE, REISSUABLE, SENDABLE, NoticeState
from collections_app.forms import DeliveryForm, ReceiptForm, ReissueForm, delivery_start
from collections_app.models import Notice
from collections_app.permissions import can_record, require_issuing
from collections_app.selectors import notices as selectors
from collections_app.services.delivering import record_delivery, record_receipt, void_reason
from collections_app.services.issuing import reissue_notice
from core.errors import ApplicationError, Conflict
from core.forms import blame
from core.workplace import today
from documents import pdf
from org.requests import StaffRequest

PREFIXES = {"delivery": "sent", "receipt": "back", "reissue": "anew"}


def _get(request: StaffRequest, pk: int) -> Notice:
    found = selectors.visible_notice(request.user, pk)
    if found is None:
        raise Http404
    return found


@require_GET
def notice(request: StaffRequest, pk: int) -> HttpResponse:
    """The letter with its history and what can be done next."""
    return _page(request, _get(request, pk))


def _page(request: StaffRequest, row: Notice, status: int = 200, **forms: Form) -> HttpResponse:
    on = today(request)
    acts = can_record(request.user, row, on)
    history = selectors.notice_history(row)
    context: dict[str, Any] = {
        "notice": row,
        "duty": row.duty,
        "history": history,
        "preview": pdf.body(row.document) if row.document else "",
        "cautions": selectors.notice_cautions(row, on) if row.document else [],
        "void_reason": void_reason(row) if row.state == NoticeState.VOID else "",
        "late_receipt": _is_late(row, request),
        "stale_form": next(iter(forms.values()), None) if status == Conflict.status else None,
        "acts": acts,
        **(_forms(request, row, history) if acts else {}),
        **{f"{name}_form": form for name, form in forms.items()},
    }
    return render(request, "collections_app/notice.html", context, status=status)


def _is_late(row: Notice, request: StaffRequest) -> bool:
    expected = row.receipt_due_on
    return expected is not None and not row.receipt_complete and expected <= today(request)


def _forms(request: StaffRequest, row: Notice, history: selectors.NoticeHistory) -> dict[str, Form | None]:
    """The forms that the state of the letter allows, fresh."""
    letter = row.document_id is not None
    on = today(request)
    sendable = letter and (row.state in SENDABLE or row.state in (NoticeState.CONTACTED, NoticeState.VOID))
    receiptable = row.wants_receipt and row.state in RECEIPTABLE and not row.receipt_complete
    start = delivery_start(row, next(iter(history.deliveries), None), on)
    return {
        "delivery_form": _delivery_form(row, initial=start) if sendable else None,
        "receipt_form": _receipt_form(row, initial={"version": row.version, "signed_on": on})
        if receiptable
        else None,
        "reissue_form": ReissueForm(initial={"version": row.version}, prefix=PREFIXES["reissue"])
        if letter and row.state in REISSUABLE
        else None,
    }


def _delivery_form(row: Notice, *data: Any, **kwargs: Any) -> DeliveryForm:
    letter = row.document_id is not None
    return DeliveryForm(*data, kind=row.kind, letter=letter, prefix=PREFIXES["delivery"], **kwargs)


def _receipt_form(row: Notice, *data: Any, **kwargs: Any) -> ReceiptForm:
    return ReceiptForm(*data, notice=row, prefix=PREFIXES["receipt"], **kwargs)


@require_http_methods(["GET", "POST"])
def delivery(request: StaffRequest, pk: int) -> HttpResponse:
    """Record how the letter was sent, or what became of it. The same submission twice is one act."""
    row = _get(request, pk)

    def act(form: Any, known: dict[str, Any]) -> str:
        record_delivery(row, form.attempt(), version=form.cleaned_data["version"], **known)
        return _("The sending was recorded.")

    def same(form: Any) -> bool:
        last, attempt = row.deliveries.last(), form.attempt()
        return last is not None and (last.method, last.on, last.outcome, last.recorded_by_id) == (
            attempt.method,
            attempt.on,
            attempt.outcome,
            request.user.pk,
        )

    return _submit(request, row, "delivery", lambda *data: _delivery_form(row, *data), act, same)


@require_http_methods(["GET", "POST"])
def receipt(request: StaffRequest, pk: int) -> HttpResponse:
    """Record the receipt with its scan. The same submission twice is one act."""
    row = _get(request, pk)

    def act(form: Any, known: dict[str, Any]) -> str:
        record_receipt(row, form.signature(), version=form.cleaned_data["version"], **known)
        return _("The receipt was recorded.")

    def same(form: Any) -> bool:
        last, signature = row.receipts.last(), form.signature()
        return last is not None and (last.signed_on, last.signed_by, last.recorded_by_id) == (
            signature.signed_on,
            signature.signed_by.strip(),
            request.user.pk,
        )

    return _submit(request, row, "receipt", lambda *data: _receipt_form(row, *data), act, same)


@require_http_methods(["GET", "POST"])
def reissue(request: StaffRequest, pk: int) -> HttpResponse:
    """Issue a corrected version before the letter is with its addressee."""
    row = _get(request, pk)

    def act(form: Any, known: dict[str, Any]) -> str:
        reissue_notice(row, reason=form.cleaned_data["reason"], version=form.cleaned_data["version"], **known)
        return _("A new version was issued; the former one is void.")

    def make(*data: Any) -> ReissueForm:
        return ReissueForm(*data, prefix=PREFIXES["reissue"])

    return _submit(request, row, "reissue", make, act, lambda form: False)


def _submit(
    request: StaffRequest,
    row: Notice,
    name: str,
    make: Callable[..., Any],
    act: Callable[[Any, dict[str, Any]], str],
    same: Callable[[Any], bool],
) -> HttpResponse:
    """Take one form of the page in; what was typed stays in it when it is refused."""
    require_issuing(request.user, row.duty, today(request))
    if request.method == "GET":  # somebody reloads the page that told of an error
        return _there(row)
    form = make(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, row, 422, **{name: form})
    try:
        messages.success(request, act(form, {"actor": request.user, "business_date": today(request)}))
    except Conflict as error:
        row = _get(request, row.pk)
        if not same(form):
            return _stale(request, row, name, form, error)
    except ApplicationError as error:
        blame(form, error)
        return _page(request, _get(request, row.pk), error.status, **{name: form})
    return _there(row)


def _stale(request: StaffRequest, row: Notice, name: str, form: Any, error: Conflict) -> HttpResponse:
    """Somebody else was faster: the text stays, and how the letter stands now is beside it."""
    form.add_error(None, str(error.message))
    form.data = {**form.data.dict(), form.add_prefix("version"): str(row.version)}
    return _page(request, row, Conflict.status, **{name: form})


def _there(row: Notice) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("collections:notice", args=[row.pk]))
