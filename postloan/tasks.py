"""Background work of the operation: Celery's entry points of the daily run, and jobs that people ask for."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from celery import shared_task
from django.conf import settings
from django.db import transaction
from django.utils import translation

from core import audit, jobs
from core.errors import ApplicationError, Conflict
from core.models import StepRun
from org.models import User
from postloan.daily_run import STEPS, help_with, next_date, run_days
from postloan.selectors.audit import VERIFY_JOB
from postloan.selectors.runs import RUN_JOB

TURN_SECONDS = 600
"""How long what somebody asked for waits for an import or a run to end."""


@shared_task(name="postloan.daily_run")
def daily_run(**_: Any) -> str:
    """Catch up to the newest complete delivery; called by beat, harmless at any time."""
    try:
        return f"{len(run_days())} day(s) closed"
    except ApplicationError as refusal:
        return refusal.code


@shared_task(name="postloan.help_daily_run")
def help_daily_run(run_id: int, step_name: str, **_: Any) -> int:
    """Take blocks of a step of a running day."""
    return help_with(run_id, step_name)


@jobs.handler(RUN_JOB)
def run_asked_for(
    progress: jobs.Progress,
    *,
    to: str,
    without_delivery: bool = False,
    actor_no: str = "",
    language: str | None = None,
) -> Mapping[str, Any]:
    """Close the missing days up to ``to``; the outcome says what happened (closed, nothing_to_do, busy)."""
    target = dt.date.fromisoformat(to)
    with translation.override(language or settings.LANGUAGE_CODE):
        try:
            runs = run_days(
                target,
                wait=TURN_SECONDS,
                without_delivery=without_delivery,
                actor=_person(actor_no),
                report=_telling(progress, next_date(), target),
            )
        except Conflict:
            return {"outcome": "busy"}
        except ApplicationError as refusal:
            # Closed by the schedule between the asking and the taking.
            if refusal.code == "date_closed":
                return {"outcome": "nothing_to_do"}
            raise
    return {"outcome": "closed" if runs else "nothing_to_do", "dates": [run.business_date for run in runs]}


def _person(employee_no: str) -> User | None:
    return User.objects.filter(employee_no=employee_no).select_related("branch").first()


def _telling(progress: jobs.Progress, start: dt.date, target: dt.date) -> Any:
    """Progress over all the days: so many steps of so many."""
    total = max((target - start).days + 1, 1) * len(STEPS)

    def tell(row: StepRun) -> None:
        day = row.run.business_date
        progress((day - start).days * len(STEPS) + row.position + 1, total, day.isoformat())

    return tell


@jobs.handler(VERIFY_JOB)
def verify_audit(progress: jobs.Progress, *, language: str | None = None) -> Mapping[str, Any]:
    """Verify every chain of the audit trail; the result is filed in the trail itself."""
    state = audit.summary()
    with translation.override(language or settings.LANGUAGE_CODE):
        bad = audit.verify()
    result = {**state, "bad": str(bad) if bad else ""}
    with transaction.atomic():
        audit.record(
            "audit.verified", actor=_person(progress.job.owner_no), subject_type="audit", after=result
        )
    return result
