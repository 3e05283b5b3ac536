"""Sending letters and taking receipts in: the record of the delivery is what discharges the duty."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from collections_app.enums import (
    COMPANY_CAPACITIES,
    CONTACT_METHODS,
    LETTER_METHODS,
    PERSON_CAPACITIES,
    RECEIPTABLE,
    SENDABLE,
    TRACKED,
    Capacity,
    DeliveryMethod,
    DeliveryOutcome,
    NoticeState,
)
from collections_app.models import Notice, NoticeDelivery, NoticeReceipt
from collections_app.permissions import require_issuing
from collections_app.rules import is_receipt_complete, receipt_expected
from collections_app.selectors.cases import load_cases, load_duties
from collections_app.services.issuing import claim, record, refusal, reminder_without_letter
from core.errors import ApplicationError, Conflict
from core.selectors import workday_calendar
from documents.models import StoredFile
from documents.services import store_upload
from duties.enums import CloseReason, DutyState, SubjectType
from duties.models import Duty
from duties.services import complete
from org.models import User

FACE_TO_FACE = (DeliveryMethod.IN_PERSON, DeliveryMethod.PHONE, DeliveryMethod.VISIT)
STATE_AFTER: Mapping[str, NoticeState] = {
    DeliveryOutcome.SENT: NoticeState.SENT,
    DeliveryOutcome.DELIVERED: NoticeState.DELIVERED,
    DeliveryOutcome.REFUSED: NoticeState.REFUSED,
    DeliveryOutcome.UNDELIVERABLE: NoticeState.UNDELIVERABLE,
}


@dataclass(frozen=True)
class Attempt:
    """How a letter went, or who was told without one."""

    method: str
    on: dt.date
    outcome: str = DeliveryOutcome.SENT
    person: str = ""
    tracking_no: str = ""
    note: str = ""
    proof: UploadedFile | None = None

    @property
    def spoken(self) -> bool:
        return self.method not in LETTER_METHODS

    @property
    def discharges(self) -> bool:
        """The duty is to send; what nobody could be handed was not sent."""
        return self.outcome != DeliveryOutcome.UNDELIVERABLE


@dataclass(frozen=True)
class Signature:
    """What a returned receipt shows."""

    signed_on: dt.date
    signed_by: str
    capacity: str
    sealed: bool
    scan: UploadedFile
    note: str = ""


def methods_for(kind: str, *, letter: bool = True) -> list[DeliveryMethod]:
    """The ways that discharge a duty of a kind."""
    return [*(LETTER_METHODS if letter else ()), *CONTACT_METHODS.get(kind, ())]


@transaction.atomic
def record_delivery(
    notice: Notice, attempt: Attempt, *, actor: User, business_date: dt.date, version: int
) -> NoticeDelivery:
    """Record how the letter went, or what became of it; the first sending closes its duty on that date.

    ApplicationError with the field's name for what cannot be; Conflict("stale") when somebody was faster;
    PermissionRefused for somebody else's letter.
    """
    principal = require_issuing(actor, notice.duty, business_date)
    _require_sendable(notice, attempt)
    _check(attempt, notice.kind, notice.issued_on, business_date, letter=notice.document_id is not None)
    claim(notice, version, **_after(notice, attempt))
    delivery = _write(notice, attempt, actor, business_date)
    _discharge(notice, attempt.discharges, attempt.on, attempt.method, actor, business_date)
    record(
        "notice.delivery_recorded",
        notice,
        actor,
        business_date,
        principal,
        method=attempt.method,
        on=attempt.on,
        outcome=attempt.outcome,
        tracking_no=attempt.tracking_no,
    )
    notice.refresh_from_db()
    return delivery


def _require_sendable(notice: Notice, attempt: Attempt) -> None:
    """A void letter is recorded only if it had left before its reason went: what happened is kept."""
    if notice.state in SENDABLE or notice.state == NoticeState.CONTACTED:
        return
    if notice.state == NoticeState.VOID and _left_in_time(notice, attempt):
        return
    if notice.state == NoticeState.VOID:
        raise ApplicationError(
            "void", _("This letter is void: %(reason)s.") % {"reason": void_reason(notice)}
        )
    raise ApplicationError("receipt_there", _("The receipt is back; nothing more is sent."))


def _left_in_time(notice: Notice, attempt: Attempt) -> bool:
    closed_on = notice.duty.closed_on
    others = Notice.objects.standing().filter(duty=notice.duty_id)
    return closed_on is not None and attempt.on <= closed_on and not others.exists()


def void_reason(notice: Notice) -> str:
    """Why the letter was never sent, in words."""
    known = notice.state_note in CloseReason.values
    return str(CloseReason(notice.state_note).label) if known else notice.state_note


def _after(notice: Notice, attempt: Attempt) -> dict[str, Any]:
    if attempt.spoken:
        return {"state": NoticeState.CONTACTED, "sent_on": notice.sent_on or attempt.on, "state_note": ""}
    values: dict[str, Any] = {"state": STATE_AFTER[attempt.outcome], "state_note": ""}
    if attempt.discharges and (notice.sent_on is None or notice.receipt_due_on is None):
        values["sent_on"] = notice.sent_on or attempt.on
        if notice.wants_receipt:
            values["receipt_due_on"] = receipt_expected(attempt.on, workday_calendar())
    return values


def _check(attempt: Attempt, kind: str, earliest: dt.date, today: dt.date, *, letter: bool) -> None:
    if attempt.method not in methods_for(kind, letter=letter):
        _refuse("method", _("This duty is not discharged in this way."))
    _check_date("on", attempt.on, earliest, today)
    if attempt.method in TRACKED and not attempt.tracking_no.strip():
        _refuse("tracking_no", _("Mail proves a demand only with its tracking number."))
    if attempt.method in FACE_TO_FACE and not attempt.person.strip():
        _refuse("person", _("Say who was met or spoken to."))
    if attempt.method in (DeliveryMethod.NEWSPAPER, DeliveryMethod.NOTARISED) and attempt.proof is None:
        _refuse("proof", _("Add the announcement or the notary's certificate as proof."))
    if attempt.spoken and not attempt.note.strip():
        _refuse("note", _("Say what was answered."))


def _check_date(name: str, on: dt.date, earliest: dt.date, today: dt.date) -> None:
    if on > today:
        _refuse(name, _("This day has not come yet."))
    if on < earliest:
        _refuse(name, _("This lies before %(date)s.") % {"date": earliest})


def _refuse(name: str, message: str) -> None:
    raise ApplicationError("invalid", message, details={name: [message]})


def _write(notice: Notice, attempt: Attempt, actor: User, today: dt.date) -> NoticeDelivery:
    return NoticeDelivery.objects.create(
        notice=notice,
        method=attempt.method,
        outcome=attempt.outcome,
        on=attempt.on,
        tracking_no=attempt.tracking_no.strip(),
        person=attempt.person.strip(),
        note=attempt.note.strip(),
        proof=_keep(attempt.proof, notice, actor, "proof"),
        document_version=notice.document.version if notice.document else 1,
        recorded_by=actor,
        recorded_on=today,
    )


def _keep(file: UploadedFile | None, notice: Notice, actor: User, name: str) -> StoredFile | None:
    return None if file is None else _store(file, notice, actor, name)


def _store(file: UploadedFile, notice: Notice, actor: User, name: str) -> StoredFile:
    """Keep a file with the duty; what is wrong with it is told beside the form's own field."""
    try:
        return store_upload(file, actor=actor, subject_type=SubjectType.DUTY, subject_no=str(notice.duty_id))
    except ApplicationError as error:
        if "file" in error.details:
            error.details[name] = error.details.pop("file")
        raise


def _discharge(notice: Notice, done: bool, on: dt.date, how: str, actor: User, today: dt.date) -> None:
    """Close the duty on the day of sending; a closed one stays as it is."""
    duty = notice.duty
    duty.refresh_from_db()
    if not done or duty.state != DutyState.OPEN:
        return
    label = DeliveryMethod(how).label if how in DeliveryMethod.values else how
    complete(
        duty,
        actor=actor,
        business_date=today,
        note=f"{notice.number} · {label} · {on}",
        evidence=f"notice:{notice.pk}",
        done_on=on,
    )


@transaction.atomic
def record_contact(duty: Duty, attempt: Attempt, *, actor: User, business_date: dt.date) -> Notice:
    """Record that somebody was told without a letter, where that discharges the duty (INT-1, NPL-1).

    Raises what ``record_delivery`` raises, and the refusals of ``issue_notice``.
    """
    principal = require_issuing(actor, duty, business_date)
    _check(attempt, duty.code, duty.opens_on, business_date, letter=False)
    list(Duty.objects.select_for_update().filter(pk=duty.pk).values_list("pk"))
    if Notice.objects.standing().filter(duty=duty).exists():
        raise Conflict("issued_already", _("The letter was issued already."))
    (case,) = load_cases(list(load_duties(Duty.objects.filter(pk=duty.pk))))
    if forbidden := refusal(case, business_date):
        raise ApplicationError(forbidden.code, forbidden.message)
    notice = reminder_without_letter(case, business_date)
    notice.state, notice.sent_on = NoticeState.CONTACTED, attempt.on
    notice.save(force_insert=True)
    _write(notice, attempt, actor, business_date)
    _discharge(notice, True, attempt.on, attempt.method, actor, business_date)
    record(
        "notice.contact_recorded",
        notice,
        actor,
        business_date,
        principal,
        method=attempt.method,
        on=attempt.on,
    )
    return notice


@transaction.atomic
def record_receipt(
    notice: Notice, signature: Signature, *, actor: User, business_date: dt.date, version: int
) -> NoticeReceipt:
    """Record a signed receipt with its scan. Without a company's seal it stays to be chased (INT-4).

    Raises what ``record_delivery`` raises.
    """
    principal = require_issuing(actor, notice.duty, business_date)
    _check_receipt(notice, signature, business_date)
    whole = is_receipt_complete(personal=notice.addressee_personal, sealed=signature.sealed)
    claim(
        notice,
        version,
        state=NoticeState.RECEIPTED,
        receipt_complete=whole,
        sent_on=notice.sent_on or signature.signed_on,
    )
    receipt = NoticeReceipt.objects.create(
        notice=notice,
        signed_on=signature.signed_on,
        signed_by=signature.signed_by.strip(),
        capacity=signature.capacity,
        sealed=signature.sealed,
        note=signature.note.strip(),
        scan=_store(signature.scan, notice, actor, "scan"),
        recorded_by=actor,
        recorded_on=business_date,
    )
    _discharge(notice, True, signature.signed_on, _("receipt"), actor, business_date)
    record(
        "notice.receipt_recorded",
        notice,
        actor,
        business_date,
        principal,
        signed_by=receipt.signed_by,
        signed_on=receipt.signed_on,
        complete=whole,
    )
    notice.refresh_from_db()
    return receipt


def _check_receipt(notice: Notice, signature: Signature, today: dt.date) -> None:
    if not notice.wants_receipt or notice.state not in RECEIPTABLE:
        raise ApplicationError(
            "no_receipt_expected",
            _("Record first how the letter was sent; this one asks for no receipt yet."),
        )
    _check_date("signed_on", signature.signed_on, notice.issued_on, today)
    if signature.capacity not in capacities_for(notice):
        _refuse("capacity", _("Somebody of this capacity cannot sign for this addressee."))


def capacities_for(notice: Notice) -> tuple[Capacity, ...]:
    """Who can sign, for a company or for a person (limitation rules 8)."""
    return PERSON_CAPACITIES if notice.addressee_personal else COMPANY_CAPACITIES
