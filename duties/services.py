"""Acts on duties: opening one by hand of an app, closing with evidence, waiving, new deadlines.

The request for a waiver stands in ``approvals.services``, which lies above: it asks a second person and,
on approval, calls ``waive`` here.
"""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from django.db import transaction
from django.db.models import F
from django.forms import model_to_dict
from django.utils.translation import gettext as _

from core import audit, clock
from core.errors import ApplicationError, Conflict
from core.selectors import workday_calendar
from core.services import publish
from core.workdays import WorkdayCalendar
from duties.enums import CloseReason, DutyState
from duties.models import Digest, Duty, DutyRule
from duties.permissions import require_closing
from duties.planning import Deadline, deadline_of
from duties.rules import Rule
from org.models import Branch, User

MIN_NOTE = 5


def open_duty(
    *,
    code: str,
    clause: str,
    subject_type: str,
    subject_no: str,
    period_key: str,
    branch: Branch,
    owner: User | None,
    anchor_on: dt.date,
    due_on: dt.date,
    explanation: Mapping[str, Any],
    loans: Collection[str] = (),
    borrower_no: str | None = None,
) -> Duty:
    """One duty that an act brings about (a signature, a resubmission); open from its anchor on.

    Rule-made duties are opened by the daily run alone. IntegrityError when the duty exists.
    """
    return Duty.objects.create(
        code=code,
        clause=clause,
        subject_type=subject_type,
        subject_no=subject_no,
        period_key=period_key,
        branch=branch,
        owner=owner,
        anchor_on=anchor_on,
        opens_on=anchor_on,
        due_on=due_on,
        provisional=workday_calendar().is_provisional(anchor_on, due_on),
        loans=";".join(sorted(loans)),
        borrower_no=borrower_no,
        explanation=audit.plain(explanation),
    )


@transaction.atomic
def complete(
    duty: Duty,
    *,
    actor: User,
    business_date: dt.date,
    note: str,
    evidence: str = "",
    version: int | None = None,
    done_on: dt.date | None = None,
) -> Duty:
    """Mark an open duty done with a written note and, where there is one, a reference to a document.

    ``done_on`` is the day of the act, when that is recorded later. ``version`` is the duty's version that
    the person saw (default: the one in ``duty``). PermissionRefused for somebody else's duty,
    ApplicationError("note_missing") without substance, Conflict("stale") when it was closed or changed
    meanwhile. A closed duty is never reopened.
    """
    principal = require_closing(actor, duty, business_date)
    _require_note(note, evidence)
    _close(
        duty,
        version,
        state=DutyState.DONE,
        done_on=done_on or business_date,
        closed_on=business_date,
        close_reason=CloseReason.EVIDENCE,
        closing_note=note.strip(),
        evidence=evidence,
    )
    _audit("duty.completed", duty, actor, business_date, principal, note=note.strip(), evidence=evidence)
    return duty


@transaction.atomic
def waive(duty: Duty, *, actor: User, business_date: dt.date, reason: str, evidence: str) -> Duty:
    """Release the owner from an open duty; called when the request was approved (CAL-8).

    ``evidence`` names the approval. Conflict("stale") when the duty was closed meanwhile.
    """
    _close(
        duty,
        None,
        state=DutyState.WAIVED,
        closed_on=business_date,
        close_reason=CloseReason.WAIVED,
        closing_note=reason,
        evidence=evidence,
    )
    _audit("duty.waived", duty, actor, business_date, actor, reason=reason, evidence=evidence)
    return duty


def _require_note(note: str, evidence: str) -> None:
    if len(note.strip()) < MIN_NOTE:
        message = _("Say in at least %(n)s characters what was done.") % {"n": MIN_NOTE}
        raise ApplicationError("note_missing", message, details={"note": [message]})
    room = Duty._meta.get_field("evidence").max_length or 0
    if len(evidence) > room:
        raise ApplicationError("evidence_too_long", _("The reference to the evidence is too long."))


def _close(duty: Duty, version: int | None, **values: Any) -> None:
    seen = duty.version if version is None else version
    standing = Duty.objects.filter(pk=duty.pk, state=DutyState.OPEN, version=seen)
    if not standing.update(**values, version=F("version") + 1):
        raise Conflict(
            "stale", _("This duty was closed or changed meanwhile. Look at it again before you act.")
        )
    duty.refresh_from_db()


def _audit(
    action: str, duty: Duty, actor: User, business_date: dt.date, principal: User, **after: Any
) -> None:
    audit.record(
        action,
        actor=actor,
        subject_type="duty",
        subject_no=str(duty.pk),
        before={"state": DutyState.OPEN, "due_on": duty.due_on},
        after={"code": duty.code, "subject": duty.subject_no, "period": duty.period_key, **after},
        business_date=business_date,
        on_behalf_of=principal if principal.pk != actor.pk else None,
    )


@dataclass(frozen=True)
class _Group:
    """Open duties that one rule and one anchor gave the same dates."""

    rule_id: int
    code: str
    anchor_on: dt.date
    opens_on: dt.date
    due_on: dt.date
    provisional: bool

    def has(self, dates: Deadline) -> bool:
        return (self.opens_on, self.due_on) == (dates.opens_on, dates.due_on)

    def move(self, dates: Deadline) -> int:
        return (
            Duty.objects.open()
            .filter(**asdict(self))
            .update(
                opens_on=dates.opens_on,
                due_on=dates.due_on,
                provisional=dates.provisional,
                version=F("version") + 1,
            )
        )


@transaction.atomic
def recompute_deadlines(
    actor: User | None, business_date: dt.date, *, before: WorkdayCalendar | None = None
) -> dict[str, int]:
    """Give open duties the dates of the calendar as it is now, after its rows changed (CAL-10).

    Works on the distinct (rule, anchor) of open duties, not on each duty; closed duties keep their dates.
    With ``before`` (the calendar until now) dates that the rule had not given, because another fact set
    them, are left alone. Returns the counts ``looked_at`` (groups) and ``changed`` (duties); audited.
    """
    calendar = workday_calendar()
    groups = _open_groups()
    rules = {pk: row.as_value() for pk, row in DutyRule.objects.in_bulk({g.rule_id for g in groups}).items()}
    changed = sum(_recompute(group, rules[group.rule_id], calendar, before) for group in groups)
    counts = {"looked_at": len(groups), "changed": changed}
    audit.record("duty.deadlines_recomputed", actor=actor, after=counts, business_date=business_date)
    return counts


def _open_groups() -> list[_Group]:
    rows = Duty.objects.open().filter(rule__isnull=False).order_by()
    columns = [field.name for field in fields(_Group)]
    return [_Group(*row) for row in rows.values_list(*columns).distinct()]


def _recompute(group: _Group, rule: Rule, calendar: WorkdayCalendar, before: WorkdayCalendar | None) -> int:
    dates = deadline_of(group.anchor_on, rule, calendar)
    if group.has(dates) and group.provisional == dates.provisional:
        return 0
    if before is not None and not group.has(deadline_of(group.anchor_on, rule, before)):
        return 0
    return group.move(dates)


@transaction.atomic
def publish_rule(rule_id: int, *, actor: User, business_date: dt.date) -> DutyRule:
    """Put a drafted rule in force from its date; the rule before it ends the day before.

    Called when the publication was approved. Conflict when it is no draft any more, or when another rule
    of the code starts on the same date.
    """
    rule = DutyRule.objects.get(pk=rule_id)
    publish(rule, DutyRule.objects.filter(code=rule.code), by=str(actor))
    audit.record(
        "duty_rule.published",
        actor=actor,
        subject_type="duty_rule",
        subject_no=str(rule.pk),
        after=model_to_dict(rule),
        business_date=business_date,
    )
    return rule


def mark_digests_read(user: User) -> int:
    """Take note that the person has looked at the reminders; returns how many were new."""
    return Digest.objects.filter(recipient=user, read_at__isnull=True).update(read_at=clock.now())
