"""The supervisor's review of work logs (LOG-2), and the month that it fills (LOG-3)."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from core import clock
from core.errors import ApplicationError, Conflict
from core.periods import period_containing
from duties.models import Duty
from inspections.enums import LogState, ReviewOutcome
from inspections.models import LogOpening, WorkLog, WorkLogReview
from inspections.permissions import can_review, require_review
from inspections.rules import MIN_REVIEW_OPINION, is_review_opinion
from inspections.selectors import signed_logs
from inspections.services.records import audit_act, duties_about, finish_with, open_duty_about
from org.models import User


@transaction.atomic
def sign_work_log(
    log: WorkLog, *, actor: User, business_date: dt.date, opinion: str, submission: int | None = None
) -> WorkLog:
    """Sign a submitted log with an opinion (LOG-2); it then counts for its month (LOG-3).

    ``submission`` is the one that the supervisor read. ApplicationError("opinion_missing") for less than
    ten characters or a mere "seen", PermissionRefused for the own log or another branch's,
    Conflict("stale") when it was signed, returned or written anew meanwhile.
    """
    _review(log, ReviewOutcome.SIGNED, actor, business_date, opinion, submission)
    _finish_month(log, business_date)
    return log


@transaction.atomic
def return_work_log(
    log: WorkLog, *, actor: User, business_date: dt.date, opinion: str, submission: int | None = None
) -> WorkLog:
    """Send a log back for correction; the author has two working days (CAL-9). Errors as for signing."""
    _review(log, ReviewOutcome.RETURNED, actor, business_date, opinion, submission)
    open_duty_about(
        log,
        "RESUBMIT",
        period_key=str(log.submission),
        anchor_on=business_date,
        owner=log.author,
        business_date=business_date,
    )
    return log


def open_work_log(log: WorkLog, *, actor: User, business_date: dt.date) -> None:
    """Take note that a reviewer has a submission before the eyes; nothing for anybody else."""
    if log.state == LogState.SUBMITTED and can_review(actor, log, business_date):
        LogOpening.objects.bulk_create(
            [LogOpening(log=log, submission=log.submission, user=actor, at=clock.now())],
            ignore_conflicts=True,
        )


@transaction.atomic
def sign_work_logs(
    logs: Sequence[WorkLog], *, actor: User, business_date: dt.date, opinion: str
) -> list[WorkLog]:
    """Sign several logs with one opinion, all or none; each must have been opened by the actor.

    ApplicationError("not_opened") names those that were not; other errors as for signing one.
    """
    opened = set(
        LogOpening.objects.filter(log__in=[log.pk for log in logs], user=actor).values_list(
            "log", "submission"
        )
    )
    unread = [log.log_no for log in logs if (log.pk, log.submission) not in opened]
    if unread:
        message = _("Open these work logs before you sign them: %(numbers)s.") % {
            "numbers": ", ".join(unread)
        }
        raise ApplicationError("not_opened", message, details={"logs": unread})
    return [
        sign_work_log(
            log, actor=actor, business_date=business_date, opinion=opinion, submission=log.submission
        )
        for log in logs
    ]


def _review(
    log: WorkLog,
    outcome: ReviewOutcome,
    actor: User,
    business_date: dt.date,
    opinion: str,
    submission: int | None,
) -> None:
    principal = require_review(actor, log, business_date)
    on_behalf_of = principal if principal.pk != actor.pk else None
    _require_opinion(opinion)
    _claim(log, log.submission if submission is None else submission, outcome)
    WorkLogReview.objects.create(
        log=log,
        submission=log.submission,
        outcome=outcome,
        opinion=opinion.strip(),
        reviewer=actor,
        on_behalf_of=on_behalf_of,
        decided_on=business_date,
        decided_at=clock.now(),
    )
    reviewed = duties_about(log, "LOG_REVIEW", str(log.submission))
    finish_with(log, reviewed, on=business_date, done_on=business_date)
    audit_act(
        f"work_log.{outcome.value}",
        log,
        actor=actor,
        business_date=business_date,
        on_behalf_of=on_behalf_of,
        submission=log.submission,
        opinion=opinion.strip(),
    )


def _claim(log: WorkLog, submission: int, outcome: ReviewOutcome) -> None:
    standing = WorkLog.objects.filter(pk=log.pk, state=LogState.SUBMITTED, submission=submission)
    if not standing.update(state=outcome.value, updated_at=clock.now(), version=F("version") + 1):
        raise Conflict("stale", _("This log was reviewed or written anew meanwhile. Look at it again."))
    log.refresh_from_db()


def _finish_month(log: WorkLog, business_date: dt.date) -> None:
    """Close the month's duty once as many logs are signed as it asks for; done when the last came in."""
    borrower_no = log.borrower.borrower_no
    month = period_containing(log.activity_on, "month")
    duty = Duty.objects.open().filter(subject_no=borrower_no, code="LOG_MONTHLY_MIN", period_key=month.key)
    required = duty.values_list("explanation__required", flat=True).first()
    signed = signed_logs(borrower_no, month)
    if required is not None and len(signed) >= required:
        last = signed[required - 1]
        finish_with(last, duty, on=business_date, done_on=last.first_submitted_on or business_date)


def _require_opinion(opinion: str) -> None:
    if not is_review_opinion(opinion):
        message = _("Give an opinion of at least %(n)s characters, more than that it was seen.") % {
            "n": MIN_REVIEW_OPINION
        }
        raise ApplicationError("opinion_missing", message, details={"opinion": [message]})
