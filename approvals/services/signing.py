"""The engine: submit, decide, withdraw. Each act is permitted, claimed, written and audited in one go."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from approvals.enums import ENDS, Outcome, RequestState
from approvals.models import Decision, Request, Route, RouteStep
from approvals.permissions import can_withdraw, require_signature
from approvals.rules import MIN_OPINION, is_opinion
from approvals.selectors import open_request, route_in_force
from approvals.services.signers import Signer, find_signer
from core import audit, clock, subjects
from core.errors import ApplicationError, Conflict, PermissionRefused
from core.selectors import workday_calendar
from documents.services import next_number
from duties.closing import finish, lapse
from duties.enums import CloseReason
from duties.models import Duty
from duties.services import open_duty
from org.models import Branch, User


@transaction.atomic
def submit(
    kind: str,
    subject_type: str,
    subject_no: str,
    *,
    applicant: User,
    business_date: dt.date,
    content_hash: str,
    branch: Branch,
    title: str,
    payload: Mapping[str, Any] | None = None,
    borrower_no: str | None = None,
) -> Request:
    """Ask for the signatures that the kind's route demands; opens the first signer's duty.

    ``content_hash`` pins what is signed. The caller has checked that the applicant may ask.
    Conflict("already_submitted") while another request of the subject is open, ApplicationError
    ("no_route") without a route in force, ("nobody_to_sign") when no second person could.
    """
    route = route_in_force(kind, business_date)
    if route is None:
        raise ApplicationError("no_route", _("No approval route is in force for this."))
    first, signer = route.steps.all()[0], None
    signer = find_signer(first, branch, excluded={applicant.pk})
    if signer is None:
        raise ApplicationError("nobody_to_sign", _("There is nobody else who could sign this."))
    request = _create(
        route,
        first,
        signer,
        kind=kind,
        subject_type=subject_type,
        subject_no=subject_no,
        applicant=applicant,
        branch=branch,
        title=title[:200],
        content_hash=content_hash,
        payload=audit.plain(payload or {}),
        borrower_no=borrower_no,
        submitted_on=business_date,
    )
    _open_step(request, first, signer, business_date)
    _audit("approval.submitted", request, applicant, business_date, title=title)
    return request


def _create(route: Route, step: RouteStep, signer: Signer, **fields: Any) -> Request:
    if open_request(fields["subject_type"], fields["subject_no"]):
        raise _already_submitted()
    year = fields["submitted_on"].year
    try:
        with transaction.atomic():
            return Request.objects.create(
                number=next_number(fields["kind"], year=year),
                route=route,
                levels=len(route.steps.all()),
                submitted_at=clock.now(),
                **_step_fields(step, signer, fields["submitted_on"]),
                **fields,
            )
    except IntegrityError:
        raise _already_submitted() from None


def _already_submitted() -> Conflict:
    return Conflict("already_submitted", _("This has been submitted already and waits for a signature."))


def _step_fields(step: RouteStep, signer: Signer | None, reached_on: dt.date) -> dict[str, Any]:
    return {
        "level": step.level,
        "role": step.role,
        "alternate_role": step.alternate_role,
        "substitute": signer.user if signer and signer.is_substitute else None,
        "due_on": workday_calendar().add_workdays(reached_on, step.sla_workdays),
    }


def _open_step(request: Request, step: RouteStep, signer: Signer | None, on: dt.date) -> None:
    open_duty(
        code=sign_code(request),
        clause=step.clause,
        subject_type=request.subject_type,
        subject_no=request.subject_no,
        period_key=request.number,
        branch=request.branch,
        owner=signer.user if signer else None,
        anchor_on=on,
        due_on=request.due_on,
        borrower_no=request.borrower_no,
        explanation={
            "clause": step.clause,
            "anchor": "submission",
            "offset": step.sla_workdays,
            "unit": "workday",
            "role": step.role,
            "request": request.number,
        },
    )


def sign_code(request: Request) -> str:
    """The code of the duty to sign the request's current level."""
    return f"SIGN_{request.kind}_{request.level}"


@transaction.atomic
def decide(
    request: Request,
    *,
    actor: User,
    business_date: dt.date,
    outcome: str,
    opinion: str,
    level: int | None = None,
) -> Request:
    """Sign the current level: approve, return or reject, with an opinion that says something.

    ``level`` is the level that the person saw (default: the one in ``request``). PermissionRefused for own
    work or somebody else's signature; ApplicationError("opinion") for an empty one; Conflict when another
    person was faster ("already_decided") or the subject changed since it was submitted
    ("content_changed"). The last approval tells the subject's app, in the same transaction.
    """
    outcome = _known_outcome(outcome)
    _require_opinion(opinion)
    seen = request.level if level is None else level
    request = _claim(request, seen)
    principal = require_signature(actor, request, business_date)
    _require_same_content(request)
    decision = _sign(request, actor, principal, business_date, outcome, opinion.strip())
    _close_step(request, decision)
    _advance(request, decision)
    _audit(
        f"approval.{outcome}",
        request,
        actor,
        business_date,
        principal=principal,
        level=decision.level,
        opinion=decision.opinion,
    )
    return request


def _known_outcome(outcome: str) -> Outcome:
    if outcome not in Outcome.values:
        raise ApplicationError("outcome", _("Approve, return or reject."))
    return Outcome(outcome)


def _require_opinion(opinion: str) -> None:
    if not is_opinion(opinion):
        message = _("Write an opinion of at least %(n)s characters; “seen” or “agreed” alone is none.") % {
            "n": MIN_OPINION
        }
        raise ApplicationError("opinion", message, details={"opinion": [message]})


def _claim(request: Request, level: int) -> Request:
    """The open request at the level that was seen, locked by a conditional update that changes nothing."""
    standing = Request.objects.open().filter(pk=request.pk, level=level)
    if not standing.update(level=level):
        raise Conflict("already_decided", _("Somebody has signed this meanwhile."))
    return Request.objects.select_related("applicant", "branch", "route").get(pk=request.pk)


def _require_same_content(request: Request) -> None:
    current = subjects.get(request.subject_type).content_hash
    if current is not None and current(request.subject_no) != request.content_hash:
        raise Conflict(
            "content_changed",
            _("The record was changed after it was submitted; it must be withdrawn and submitted again."),
        )


def _sign(
    request: Request, actor: User, principal: User, on: dt.date, outcome: Outcome, opinion: str
) -> Decision:
    try:
        with transaction.atomic():
            return Decision.objects.create(
                request=request,
                level=request.level,
                applicant_id=request.applicant_id,
                actor=actor,
                principal=principal,
                outcome=outcome,
                opinion=opinion,
                content_hash=request.content_hash,
                due_on=request.due_on,
                decided_on=on,
                decided_at=clock.now(),
            )
    except IntegrityError:
        raise PermissionRefused("signed_before", _("Nobody signs the same request twice.")) from None


def _step_duty(request: Request) -> Any:
    return Duty.objects.filter(
        subject_no=request.subject_no, code=sign_code(request), period_key=request.number
    )


def _close_step(request: Request, decision: Decision) -> None:
    finish(
        _step_duty(request),
        on=decision.decided_on,
        done_on=decision.decided_on,
        reason=CloseReason.EVIDENCE,
        evidence=f"approval:{request.number}/{decision.level}",
        note=decision.opinion,
    )


def _advance(request: Request, decision: Decision) -> None:
    """To the next level, or to the end."""
    if decision.outcome == Outcome.APPROVE and request.level < request.levels:
        _next_level(request, decision.decided_on)
    else:
        state = ENDS.get(Outcome(decision.outcome), RequestState.APPROVED)
        _end(request, state, decision.decided_on)
        _tell(request, decision)


def _next_level(request: Request, on: dt.date) -> None:
    step = request.route.steps.get(level=request.level + 1)
    signed = set(request.decisions.values_list("actor", flat=True))
    signed |= set(request.decisions.values_list("principal", flat=True))
    signer = find_signer(step, request.branch, excluded={request.applicant_id, *signed})
    for name, value in _step_fields(step, signer, on).items():
        setattr(request, name, value)
    request.save(update_fields=["level", "role", "alternate_role", "substitute", "due_on"])
    _open_step(request, step, signer, on)


def _end(request: Request, state: RequestState, on: dt.date) -> None:
    request.state, request.closed_on = state, on
    request.save(update_fields=["state", "closed_on"])


def _tell(request: Request, decision: Decision) -> None:
    subject = subjects.get(request.subject_type)
    call = subject.on_approved if request.state == RequestState.APPROVED else subject.on_rejected
    if call is not None:
        call(_verdict(request, decision.actor, decision.decided_on, decision.opinion))


def _verdict(request: Request, actor: User, on: dt.date, opinion: str = "") -> subjects.Verdict:
    return subjects.Verdict(
        kind=request.kind,
        subject_no=request.subject_no,
        request_no=request.number,
        actor=actor,
        applicant_no=request.applicant.employee_no,
        business_date=on,
        opinion=opinion,
        payload=request.payload,
    )


@transaction.atomic
def withdraw(request: Request, *, actor: User, business_date: dt.date) -> Request:
    """Take an open request back; its signer's duty lapses, and the subject's app is told.

    PermissionRefused for anybody else's.
    """
    request = _claim(request, request.level)
    if not can_withdraw(actor, request):
        raise PermissionRefused("not_applicant", _("Only the applicant may withdraw this."))
    lapse(_step_duty(request), on=business_date, reason=CloseReason.WITHDRAWN)
    _end(request, RequestState.WITHDRAWN, business_date)
    if (call := subjects.get(request.subject_type).on_withdrawn) is not None:
        call(_verdict(request, actor, business_date))
    _audit("approval.withdrawn", request, actor, business_date)
    return request


def _audit(
    action: str,
    request: Request,
    actor: User,
    business_date: dt.date,
    principal: User | None = None,
    **after: Any,
) -> None:
    audit.record(
        action,
        actor=actor,
        subject_type=request.subject_type,
        subject_no=request.subject_no,
        after={"request": request.number, "kind": request.kind, "state": request.state, **after},
        business_date=business_date,
        on_behalf_of=principal if principal and principal.pk != actor.pk else None,
    )
