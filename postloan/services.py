"""Acts of those who run the product: starting the daily run, checking the audit trail."""

import datetime as dt

from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core import audit, jobs
from core.errors import ApplicationError
from core.models import Job
from org.models import User
from postloan.daily_run import newest_complete_delivery, next_date
from postloan.permissions import require_audit, require_run
from postloan.selectors.audit import VERIFY_JOB, unfinished_check
from postloan.selectors.runs import RUN_JOB, unfinished_run

ONE_AT_A_TIME = "all"
MOST_DAYS_WITHOUT_DELIVERY = 31


@transaction.atomic
def ask_for_run(
    *, actor: User, business_date: dt.date, to: dt.date | None = None, without_delivery: bool = False
) -> tuple[Job, bool]:
    """Ask a worker to close the missing days up to ``to`` (default: the newest complete delivery).

    Returns the job and whether it is new: a run that was asked for and has not ended is not asked for twice.
    ApplicationError for what could not succeed anyway: "no_delivery", "delivery_missing", "date_closed",
    "too_far", "nothing_to_do"; where the date is to blame, ``details`` says so for the field ``to``.
    """
    require_run(actor)
    if waiting := unfinished_run():
        return waiting, False
    start = next_date()
    last = _last_day(start, to, without_delivery=without_delivery)
    job = jobs.enqueue(
        RUN_JOB,
        ONE_AT_A_TIME,
        {
            "to": last.isoformat(),
            "without_delivery": without_delivery,
            "actor_no": actor.employee_no,
            "language": get_language(),
        },
        owner_no=actor.employee_no,
    )
    audit.record(
        "daily.asked",
        actor=actor,
        subject_type="daily_run",
        subject_no=last.isoformat(),
        business_date=business_date,
        after={"from": start, "to": last, "without_delivery": without_delivery},
    )
    return job, True


def _last_day(start: dt.date, to: dt.date | None, *, without_delivery: bool) -> dt.date:
    """The last day to close, or the refusal that the worker would meet later."""
    delivered = newest_complete_delivery()
    last = to or delivered
    if last is None:
        raise ApplicationError("delivery_missing", _("There is no complete delivery yet."))
    if last < start and to is None:
        raise ApplicationError(
            "nothing_to_do",
            _("Every day up to the newest complete delivery (%(date)s) is closed.") % {"date": last},
        )
    if last < start:
        raise _blame_date(
            "date_closed", _("Closed already; the next date to close is %(date)s.") % {"date": start}
        )
    if not without_delivery and (delivered is None or last > delivered):
        raise _blame_date(
            "delivery_missing",
            _("There is no complete delivery for this date; the newest is of %(date)s.")
            % {"date": delivered or "–"},
        )
    limit = max(start, delivered or start) + dt.timedelta(days=MOST_DAYS_WITHOUT_DELIVERY)
    if last > limit:
        raise _blame_date("too_far", _("Too far ahead; %(date)s at the latest.") % {"date": limit})
    return last


def _blame_date(code: str, message: str) -> ApplicationError:
    return ApplicationError(code, message, details={"to": [message]})


@transaction.atomic
def ask_for_check(*, actor: User) -> Job:
    """Ask a worker to verify the audit chains; the unfinished check if one was asked for."""
    require_audit(actor)
    return unfinished_check() or jobs.enqueue(
        VERIFY_JOB, ONE_AT_A_TIME, {"language": get_language()}, owner_no=actor.employee_no
    )
