"""Issuing letters, one or many: checked against the facts of the moment, numbered, frozen."""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from collections_app.enums import REISSUABLE, NoticeKind, NoticeState
from collections_app.models import Notice, NoticeBatch
from collections_app.permissions import require_issuing
from collections_app.selectors.cases import Case, load_cases, load_duties
from collections_app.selectors.letters import SERIES, TEMPLATES, letter_context
from core import audit
from core.errors import ApplicationError, Conflict
from documents.models import IssuedDocument
from documents.services import Draft, issue_many, reissue
from duties.enums import CloseReason, DutyState, SubjectType
from duties.models import Duty
from duties.permissions import closable
from org.models import User

MIN_REASON = 5


@dataclass(frozen=True)
class Refusal:
    """Why a duty gets no letter."""

    code: str
    message: str


@dataclass(frozen=True)
class Issued:
    """What came of issuing: the letters, and a reason for every duty that got none."""

    notices: list[Notice] = field(default_factory=list)
    refusals: dict[int, Refusal] = field(default_factory=dict)


def refusal(case: Case, on: dt.date) -> Refusal | None:
    """Why the facts forbid a letter now; None when it may go out.

    A payment that arrived since the last run counts at once: nobody is dunned for what was paid.
    """
    duty = case.duty
    if duty.state != DutyState.OPEN:
        reason = _closed(duty)
        return Refusal("duty_closed", _("The duty is closed: %(reason)s.") % {"reason": reason})
    return refusal_by_facts(case, on)


def refusal_by_facts(case: Case, on: dt.date) -> Refusal | None:
    """The same, whatever the state of the duty."""
    if case.borrower is None or not case.loans or _misses_guarantee(case):
        return Refusal("facts_missing", _("The loan, its borrower or the guarantee is no longer delivered."))
    ended = [facts.loan.ended_on for facts in case.loans]
    if all(day is not None and day <= on for day in ended):
        return Refusal("ended", _("The loan was settled or written off; no letter is owed."))
    if case.paid_on is not None and case.paid_on <= on:
        return Refusal("paid", _("Paid in full on %(date)s; no letter is owed.") % {"date": case.paid_on})
    return None


def _misses_guarantee(case: Case) -> bool:
    return case.duty.code == NoticeKind.GUARANTOR_NOTICE and case.guarantee is None


def _closed(duty: Duty) -> str:
    known = duty.close_reason in CloseReason.values
    return str(CloseReason(duty.close_reason).label) if known else str(DutyState(duty.state).label)


@transaction.atomic
def issue_notices(
    duty_ids: Collection[int], *, actor: User, business_date: dt.date, batch: NoticeBatch
) -> Issued:
    """Issue the letters of several duties as one act; the queries do not grow with their number.

    Nothing is raised for a duty that may not have one: it is told in ``refusals``.
    """
    cases, refusals = _claim(duty_ids, actor, business_date)
    drafts = [_draft(case, business_date) for case in cases]
    documents = issue_many(
        drafts,
        actor=actor,
        business_date=business_date,
        subject_type="notice_batch",
        subject_no=str(batch.pk),
    )
    notices = [
        _notice(case, document, business_date, batch) for case, document in zip(cases, documents, strict=True)
    ]
    return Issued(Notice.objects.bulk_create(notices), refusals)


@transaction.atomic
def issue_notice(duty: Duty, *, actor: User, business_date: dt.date) -> Notice:
    """Issue the letter of one duty.

    PermissionRefused for somebody else's duty, Conflict("issued_already"), ApplicationError with the code
    of the ``Refusal`` when the facts forbid it.
    """
    require_issuing(actor, duty, business_date)
    cases, refusals = _claim([duty.pk], actor, business_date)
    for reason in refusals.values():
        kind = Conflict if reason.code == "issued_already" else ApplicationError
        raise kind(reason.code, reason.message)
    (case,) = cases
    documents = issue_many(
        [_draft(case, business_date)],
        actor=actor,
        business_date=business_date,
        subject_type=SubjectType.DUTY,
        subject_no=str(duty.pk),
    )
    notice = _notice(case, documents[0], business_date, None)
    notice.save(force_insert=True)
    return notice


def _claim(duty_ids: Collection[int], actor: User, on: dt.date) -> tuple[list[Case], dict[int, Refusal]]:
    """The cases that get a letter, with their duties locked until the end; and why the others get none."""
    mine = Duty.objects.filter(pk__in=duty_ids, code__in=NoticeKind.values)
    list(mine.select_for_update().order_by("pk").values_list("pk", flat=True))
    duties = list(load_duties(mine).order_by("due_on", "subject_no", "pk"))
    standing = Notice.objects.standing().filter(duty__in=[duty.pk for duty in duties])
    taken = set(standing.values_list("duty", flat=True))
    allowed = closable(actor, duties, on)
    refusals: dict[int, Refusal] = {}
    cases = []
    for case in load_cases(duties):
        reason = _refusal_for(case, on, allowed, taken)
        if reason:
            refusals[case.duty.pk] = reason
        else:
            cases.append(case)
    return cases, refusals


def _refusal_for(case: Case, on: dt.date, allowed: set[int], taken: set[int]) -> Refusal | None:
    if case.duty.pk not in allowed:
        return Refusal(
            "not_your_duty", _("Only its owner or a supervisor of the branch may issue this letter.")
        )
    if case.duty.pk in taken:
        return Refusal("issued_already", _("The letter was issued already."))
    return refusal(case, on)


def _draft(case: Case, on: dt.date) -> Draft:
    return Draft(
        kind=SERIES[case.duty.code],
        branch=case.duty.branch,
        subject_type=SubjectType.DUTY,
        subject_no=str(case.duty.pk),
        template=TEMPLATES[case.duty.code],
        context=letter_context(case, on),
    )


def _notice(case: Case, document: IssuedDocument | None, on: dt.date, batch: NoticeBatch | None) -> Notice:
    duty = case.duty
    return Notice(
        duty=duty,
        kind=duty.code,
        borrower=case.borrower,
        addressee=case.addressee,
        addressee_personal=case.personal,
        address=case.address,
        branch=duty.branch,
        owner=duty.owner,
        document=document,
        batch=batch,
        issued_on=on,
    )


def reminder_without_letter(case: Case, on: dt.date) -> Notice:
    """The record of a reminder that was spoken; not saved yet."""
    return _notice(case, None, on, None)


@transaction.atomic
def reissue_notice(
    notice: Notice, *, actor: User, business_date: dt.date, reason: str, version: int
) -> Notice:
    """Issue a corrected version with the figures of today; the former one is void, its number stays.

    Only before a letter is with its addressee: ApplicationError("sent_already") otherwise.
    Conflict("stale") when the notice changed meanwhile.
    """
    principal = require_issuing(actor, notice.duty, business_date)
    document = _reissuable(notice, reason)
    (case,) = load_cases(list(load_duties(Duty.objects.filter(pk=notice.duty_id))))
    if forbidden := refusal_by_facts(case, business_date):
        raise ApplicationError(forbidden.code, forbidden.message)
    changes: Mapping[str, Any] = {
        "state": NoticeState.ISSUED,
        "issued_on": business_date,
        "addressee": case.addressee,
        "address": case.address,
        "receipt_due_on": None,
    }
    claim(notice, version, **changes)
    context = letter_context(case, business_date)
    newer = reissue(document, actor=actor, business_date=business_date, context=context)
    Notice.objects.filter(pk=notice.pk).update(document=newer)
    record(
        "notice.reissued",
        notice,
        actor,
        business_date,
        principal,
        number=str(newer),
        reason=reason.strip(),
    )
    notice.refresh_from_db()
    return notice


def _reissuable(notice: Notice, reason: str) -> IssuedDocument:
    if notice.document is None or notice.state not in REISSUABLE:
        raise ApplicationError(
            "sent_already", _("The letter was sent already; a corrected one is a letter of its own.")
        )
    if len(reason.strip()) < MIN_REASON:
        message = _("Say in at least %(n)s characters why.") % {"n": MIN_REASON}
        raise ApplicationError("reason_missing", message, details={"reason": [message]})
    return notice.document


def claim(notice: Notice, version: int, **values: Any) -> None:
    """Write to the notice if nobody did since the form was opened; Conflict("stale") otherwise."""
    seen = Notice.objects.filter(pk=notice.pk, version=version)
    if not seen.update(**values, version=F("version") + 1):
        raise Conflict("stale", _("Somebody changed this notice meanwhile. Look at it again before you act."))


def record(
    action: str, notice: Notice, actor: User, business_date: dt.date, principal: User, **after: Any
) -> None:
    """One audit row of an act on a notice."""
    audit.record(
        action,
        actor=actor,
        subject_type=SubjectType.NOTICE,
        subject_no=str(notice.pk),
        before={"state": notice.state},
        after={"duty": notice.duty_id, **after},
        business_date=business_date,
        on_behalf_of=principal if principal.pk != actor.pk else None,
    )
