"""The daily run: which steps, in which order, and how they are driven.

Every step is one transaction that also marks itself done, so a run that dies anywhere is taken up at the
first unmarked step, nothing lost and nothing doubled. Large books are split into blocks of branches; the
process that runs the day and any Celery worker take blocks from the same table, and a block whose worker
dies is free again because the claim is a row lock.
"""

import datetime as dt
import logging
import os
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, Max
from django.utils.translation import gettext as _

import collections_app.daily
import duties.daily
import inspections.daily
import loans.daily
import loans.planners
import reports.daily
from core import audit, clock
from core.bulk import refresh_statistics
from core.daily import StepResult
from core.enums import RunState
from core.errors import ApplicationError
from core.locks import BOOK, exclusive
from core.models import BusinessDate, DailyRun, StepRun
from core.selectors import readings, workday_calendar
from duties.models import Duty
from duties.planning import ONE_DAY, RunContext
from duties.selectors import rules_in_force
from loans.enums import DeliveryState
from loans.models import Delivery, Loan
from org.models import Branch

log = logging.getLogger("postloan.daily_run")

Report = Callable[[StepRun], None]


@dataclass(frozen=True)
class Step:
    """A named step; ``split`` steps may run per block of branches."""

    name: str
    run: Callable[[RunContext], StepResult]
    split: bool = True


STEPS: tuple[Step, ...] = (
    *(Step(name, run) for name, run in loans.daily.FIRST_STEPS),
    *(Step(name, run) for name, run in collections_app.daily.STEPS),
    *(Step(name, run) for name, run in inspections.daily.STEPS),
    *(Step(name, run) for name, run in loans.planners.STEPS),
    Step("duties.escalations", duties.daily.raise_escalations, split=False),
    Step("duties.reminders", duties.daily.raise_reminders, split=False),
    *(Step(name, run, split) for name, run, split in reports.daily.STEPS),
    Step("loans.put_away", loans.daily.put_away),
)
MOST_BLOCKS = 8


def next_date() -> dt.date:
    """The oldest date not closed yet; refused before the first delivery."""
    current = BusinessDate.objects.first()
    if current is None:
        raise ApplicationError("no_delivery", _("Nothing has been delivered yet: import a delivery first."))
    return current.current


def newest_complete_delivery() -> dt.date | None:
    applied = Delivery.objects.filter(state__in=[DeliveryState.APPLIED, DeliveryState.PARTIAL], complete=True)
    return applied.aggregate(newest=Max("business_date"))["newest"]


def run_days(
    target: dt.date | None = None,
    *,
    first: dt.date | None = None,
    without_delivery: bool = False,
    actor: Any = None,
    report: Report | None = None,
    wait: float = 0,
) -> list[DailyRun]:
    """Close every missing date up to ``target`` (default: the newest complete delivery), oldest first.

    Returns the runs, none when there was nothing to do. Raises ``ApplicationError``: no delivery yet, a date
    before the last closed one, a date whose delivery is missing; ``Conflict`` when another process runs or
    imports.
    """
    with exclusive(BOOK, wait=wait):
        return [
            _run_day(day, without_delivery=without_delivery, actor=actor, report=report)
            for day in _missing_dates(target, first, without_delivery=without_delivery)
        ]


def _missing_dates(
    target: dt.date | None, first: dt.date | None, *, without_delivery: bool
) -> Iterator[dt.date]:
    start, delivered = next_date(), newest_complete_delivery()
    last = target or delivered
    for asked in (first, target):
        if asked is not None and asked < start - ONE_DAY:
            raise ApplicationError(
                "date_closed",
                _("%(date)s lies before the last closed date %(closed)s.")
                % {"date": asked, "closed": start - ONE_DAY},
            )
    if last is None or (last > (delivered or dt.date.min) and last >= start and not without_delivery):
        raise ApplicationError(
            "delivery_missing",
            _("There is no complete delivery for %(date)s (newest: %(newest)s).")
            % {"date": last, "newest": delivered or "-"},
        )
    while start <= last:
        yield start
        start += ONE_DAY


def _run_day(day: dt.date, *, without_delivery: bool, actor: Any, report: Report | None) -> DailyRun:
    run = _start(day, actor)
    context = _context(day)
    try:
        for position, step in enumerate(STEPS):
            _drive(run, position, step, context, report)
    except Exception as error:
        _fail(run, error)
        raise
    _finish(run, context, actor)
    return run


def _start(day: dt.date, actor: Any) -> DailyRun:
    run, _created = DailyRun.objects.get_or_create(
        business_date=day, defaults={"blocks": _blocks(), "started_at": clock.now()}
    )
    run.state = RunState.RUNNING
    run.error = ""
    run.heartbeat_at = clock.now()
    run.started_by = getattr(actor, "employee_no", "") or worker_name()
    run.with_delivery = (newest_complete_delivery() or dt.date.min) >= day
    run.save()
    return run


def _blocks() -> list[list[int]]:
    """Blocks of branches of about the same number of loans; one block where nobody could help."""
    if connection.vendor != "postgresql" or not settings.REDIS_URL:
        return []
    loans_of = dict(Loan.objects.order_by().values_list("branch").annotate(n=Count("pk")))
    # Branches without loans belong to a block too: a borrower may be kept there.
    branches = sorted(Branch.objects.values_list("pk", flat=True), key=lambda b: -loans_of.get(b, 0))
    wanted = min(MOST_BLOCKS, len(branches), sum(loans_of.values()) // settings.DAILY_RUN_LOANS_PER_BLOCK)
    if wanted < 2:
        return []
    blocks: list[tuple[int, list[int]]] = [(0, []) for _ in range(wanted)]
    for branch in branches:
        size, ids = blocks[0]
        blocks[0] = (size + loans_of.get(branch, 0), [*ids, branch])
        blocks.sort(key=lambda block: (block[0], len(block[1])))
    return [ids for _, ids in blocks]


def _context(day: dt.date) -> RunContext:
    current = BusinessDate.objects.get()
    return RunContext(
        day=day,
        previous=None if day == current.started_on else day - ONE_DAY,
        started_on=current.started_on,
        judged_to=newest_complete_delivery(),
        rules=rules_in_force(day),
        calendar=workday_calendar(),
        readings=cache(lambda readings_type: readings(readings_type, day)),
        judged_before=_judged_before(day) or current.started_on - ONE_DAY,
    )


def _judged_before(day: dt.date) -> dt.date | None:
    """The last day that was closed knowing its payments; later ones wait for a delivery to be judged."""
    judged = DailyRun.objects.filter(business_date__lt=day, state=RunState.DONE, with_delivery=True)
    return judged.aggregate(last=Max("business_date"))["last"]


def _drive(run: DailyRun, position: int, step: Step, context: RunContext, report: Report | None) -> None:
    """Bring one step to its end: mark its blocks, ask for help, take blocks until none is left."""
    blocks = len(run.blocks) if step.split and run.blocks else 1
    StepRun.objects.bulk_create(
        [StepRun(run=run, position=position, step=step.name, block=block) for block in range(blocks)],
        ignore_conflicts=True,
    )
    if blocks > 1:
        _call_for_help(run, step, blocks - 1)
    while True:
        done = take_block(run, step, context)
        if done is not None:
            if report:
                report(done)
            continue
        if not StepRun.objects.filter(run=run, step=step.name).exclude(state=RunState.DONE).exists():
            return
        time.sleep(0.05)


def take_block(run: DailyRun, step: Step, context: RunContext) -> StepRun | None:
    """Do one free block of a step; None when none is free. Work and mark are one transaction."""
    with transaction.atomic():
        free = StepRun.objects.filter(run=run, step=step.name).exclude(state=RunState.DONE)
        if connection.features.has_select_for_update_skip_locked:
            free = free.select_for_update(skip_locked=True)
        row = free.order_by("block").first()
        if row is None:
            return None
        started = clock.stopwatch()
        first_id = _last_duty_id()
        result = step.run(_narrowed(context, run, step, row.block))
        _mark_done(row, result, started, (first_id, _last_duty_id()))
        return row


def _narrowed(context: RunContext, run: DailyRun, step: Step, block: int) -> RunContext:
    if not (step.split and run.blocks):
        return context
    return RunContext(**{**context.__dict__, "branch_ids": tuple(run.blocks[block])})


def _last_duty_id() -> int:
    return Duty.objects.aggregate(last=Max("id"))["last"] or 0


def _mark_done(row: StepRun, result: StepResult, started: float, ids: tuple[int, int]) -> None:
    row.state = RunState.DONE
    row.counts = result.counts
    row.notes = result.notes
    row.error = ""
    row.seconds = Decimal(f"{clock.stopwatch() - started:.3f}")
    row.finished_at = clock.now()
    row.worker = worker_name()
    row.save()
    DailyRun.objects.filter(pk=row.run_id).update(heartbeat_at=row.finished_at)
    if result.counts:
        audit.record(
            "daily.step",
            subject_type="daily_run",
            subject_no=row.run.business_date.isoformat(),
            business_date=row.run.business_date,
            after={"step": row.step, "block": row.block, "counts": result.counts, "duty_ids": ids},
        )


def _call_for_help(run: DailyRun, step: Step, helpers: int) -> None:
    """Ask Celery workers to take blocks too; a broker that is away only costs the help."""
    try:
        for _number in range(helpers):
            current_app.send_task("postloan.help_daily_run", (run.pk, step.name), expires=600)
    except Exception:
        log.warning("no help for the daily run: the broker does not answer", exc_info=True)


def help_with(run_id: int, step_name: str) -> int:
    """What a Celery worker does when called: take blocks of a step until none is free."""
    run = DailyRun.objects.get(pk=run_id)
    step = next(s for s in STEPS if s.name == step_name)
    context = _context(run.business_date)
    taken = 0
    while run.state == RunState.RUNNING and take_block(run, step, context):
        taken += 1
    return taken


def _fail(run: DailyRun, error: Exception) -> None:
    DailyRun.objects.filter(pk=run.pk).update(
        state=RunState.FAILED, error=f"{type(error).__name__}: {error}"[:4000], finished_at=clock.now()
    )


def _finish(run: DailyRun, context: RunContext, actor: Any) -> None:
    """Close the date and open the next one."""
    with transaction.atomic():
        run.state = RunState.DONE
        run.finished_at = clock.now()
        run.save(update_fields=["state", "finished_at"])
        BusinessDate.objects.update(current=context.horizon)
        audit.record(
            "daily.closed",
            actor=actor,
            subject_type="daily_run",
            subject_no=run.business_date.isoformat(),
            business_date=run.business_date,
            after={"with_delivery": run.with_delivery},
        )
    if context.first:
        # From no duty to hundreds of thousands: the next day's closings must not be planned for none.
        refresh_statistics(Duty)


def worker_name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"
