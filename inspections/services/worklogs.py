"""Writing and submitting work logs (LOG-1, LOG-4)."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from core import clock
from core.errors import ApplicationError, Conflict
from documents.services import next_number
from duties.models import Duty
from inspections.enums import EDITABLE_LOGS, FactCategory, LogState
from inspections.models import Activity, WorkLog
from inspections.permissions import require_activity, require_authorship, require_recording
from inspections.selectors import reviewer_of
from inspections.services.activities import require_days, require_kind
from inspections.services.records import audit_act, duties_about, finish_with, open_duty_about
from loans.models import Borrower
from org.models import User

CONTENT = ("place", "persons", "facts", "analysis", "next_step")
FACT_KEYS = ("category", "fact", "source", "effect")


@transaction.atomic
def draft_work_log(
    *,
    actor: User,
    business_date: dt.date,
    borrower: Borrower,
    kind: str,
    activity_on: dt.date,
    activity: Activity | None = None,
    **content: Any,
) -> WorkLog:
    """Begin a log, about a recorded activity or on its own; ``content`` as in ``write_work_log``.

    An activity gives borrower, kind and date itself. Conflict("log_exists") when it has its log,
    PermissionRefused for another's activity or borrower.
    """
    if activity is not None:
        require_activity(actor, activity)
        borrower, kind, activity_on = activity.borrower, activity.kind, activity.ended_on
    require_recording(actor, borrower)
    require_kind(kind)
    require_days(activity_on, activity_on, business_date)
    log = _create(
        log_no=next_number("LOG", year=business_date.year, branch_no=borrower.branch.branch_no),
        borrower=borrower,
        branch=borrower.branch,
        author=actor,
        activity=activity,
        kind=kind,
        activity_on=activity_on,
        updated_at=clock.now(),
        **_cleaned(content),
    )
    audit_act("work_log.drafted", log, actor=actor, business_date=business_date)
    return log


def _create(**values: Any) -> WorkLog:
    try:
        with transaction.atomic():
            return WorkLog.objects.create(**values)
    except IntegrityError as error:
        raise Conflict("log_exists", _("There is a log about this activity already.")) from error


@transaction.atomic
def write_work_log(
    log: WorkLog, *, actor: User, business_date: dt.date, version: int | None = None, **content: Any
) -> WorkLog:
    """Change a draft or a returned log: any of place, persons, facts, analysis, next_step.

    ``facts`` is a list of mappings with category, fact, source and effect. ``version`` is the one that the
    author saw. Conflict("stale") when the log was changed or submitted meanwhile.
    """
    require_authorship(actor, log)
    cleaned = _cleaned(content)
    before = {name: getattr(log, name) for name in cleaned}
    _claim(log, version, **cleaned)
    audit_act("work_log.written", log, actor=actor, business_date=business_date, before=before, **cleaned)
    return log


@transaction.atomic
def submit_work_log(
    log: WorkLog, *, actor: User, business_date: dt.date, version: int | None = None
) -> WorkLog:
    """Hand the log to the supervisor; that writes it down in time or late (LOG-1), and asks for a review.

    ApplicationError("fact_missing") without a single fact (LOG-4), Conflict("stale") when it was submitted
    or changed meanwhile.
    """
    require_authorship(actor, log)
    _require_facts(log)
    _claim(
        log,
        version,
        state=LogState.SUBMITTED,
        submission=F("submission") + 1,
        submitted_on=business_date,
        first_submitted_on=log.first_submitted_on or business_date,
    )
    finish_with(log, _answered_by(log), on=business_date, done_on=business_date)
    open_duty_about(
        log,
        "LOG_REVIEW",
        period_key=str(log.submission),
        anchor_on=business_date,
        owner=reviewer_of(log),
        business_date=business_date,
    )
    audit_act("work_log.submitted", log, actor=actor, business_date=business_date, submission=log.submission)
    return log


def _answered_by(log: WorkLog) -> QuerySet[Any]:
    """What a submission answers: the entry for the activity, or the correction that was asked for."""
    if log.submission > 1:
        return duties_about(log, "RESUBMIT", str(log.submission - 1))
    activity_no = log.activity.activity_no if log.activity else ""
    return Duty.objects.open().filter(subject_no=activity_no, code="LOG_ENTRY")


def _claim(log: WorkLog, version: int | None, **values: Any) -> None:
    seen = log.version if version is None else version
    standing = WorkLog.objects.filter(pk=log.pk, version=seen, state__in=EDITABLE_LOGS)
    if not standing.update(**values, updated_at=clock.now(), version=F("version") + 1):
        raise Conflict("stale", _("This log was changed or submitted meanwhile. Look at it again."))
    log.refresh_from_db()


def _cleaned(content: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of a log without blanks at the ends; TypeError for a part that a log does not have."""
    if unknown := sorted(set(content) - set(CONTENT)):
        raise TypeError(f"a work log has no {', '.join(unknown)}")
    cleaned = {name: str(value).strip() for name, value in content.items()}
    if "facts" in content:
        written = (entry for entry in content["facts"] if str(entry.get("fact", "")).strip())
        return {**cleaned, "facts": [_fact(entry) for entry in written]}
    return cleaned


def _fact(entry: Mapping[str, Any]) -> dict[str, str]:
    fact = {key: str(entry.get(key, "")).strip() for key in FACT_KEYS}
    if fact["category"] not in FactCategory.values:
        message = _("Unknown category: %(name)s.") % {"name": fact["category"]}
        raise ApplicationError("unknown_category", message, details={"facts": [message]})
    return fact


def _require_facts(log: WorkLog) -> None:
    if not log.facts:
        message = _("Write down at least one fact.")
        raise ApplicationError("fact_missing", message, details={"facts": [message]})
