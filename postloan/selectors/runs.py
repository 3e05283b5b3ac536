"""Reads of the daily-run monitor: where the bank's day stands, the runs, the steps of one."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db.models import Max, Min, Q, Subquery, Sum

from core import clock
from core.enums import RunState
from core.models import BusinessDate, DailyRun, Job, StepRun
from core.paging import KeysetPage, Order, keyset_page
from loans.enums import DeliveryState
from loans.models import Delivery
from org.models import User
from postloan.daily_run import STEPS
from postloan.shell import LATE_AFTER

RUN_JOB = "daily_run"
RUNS_SHOWN = 20
WAITS_LONG = dt.timedelta(minutes=1)
SILENT = dt.timedelta(minutes=10)
BUSY = (RunState.PENDING, RunState.RUNNING)


# --- the steps of one run ---------------------------------------------------------------------------
@dataclass(frozen=True)
class StepLine:
    """One step of a run over all its blocks; ``state`` says pending until its turn comes."""

    name: str
    state: str = RunState.PENDING
    blocks: list[StepRun] = field(default_factory=list)

    @property
    def done(self) -> int:
        return sum(block.state == RunState.DONE for block in self.blocks)

    @property
    def seconds(self) -> Decimal | None:
        """Work of all blocks together; None before any is done."""
        measured = [block.seconds for block in self.blocks if block.seconds is not None]
        return sum(measured, Decimal()) if measured else None

    @property
    def counts(self) -> dict[str, int]:
        totals: dict[str, int] = {}
        for block in self.blocks:
            for name, number in block.counts.items():
                totals[name] = totals.get(name, 0) + number
        return totals

    @property
    def notes(self) -> list[str]:
        return list(dict.fromkeys(note for block in self.blocks for note in block.notes))


def steps_of(run: DailyRun | None) -> list[StepLine]:
    """The steps of a run in their order; one query. An unfinished run shows the steps to come as well."""
    if run is None:
        return []
    blocks: dict[str, list[StepRun]] = {}
    for row in run.steps.order_by("position", "block"):
        blocks.setdefault(row.step, []).append(row)
    names = blocks if run.state == RunState.DONE else {**dict.fromkeys(s.name for s in STEPS), **blocks}
    return _with_states([StepLine(name, blocks=blocks.get(name, [])) for name in names], run)


def _with_states(lines: list[StepLine], run: DailyRun) -> list[StepLine]:
    """Done where all blocks are; the first other one is where the run works, or where it failed."""
    finished = [bool(line.blocks) and line.done == len(line.blocks) for line in lines]
    at = finished.index(False) if False in finished else len(lines)
    stuck = RunState.FAILED if run.state == RunState.FAILED else RunState.RUNNING
    states = [RunState.DONE if done else RunState.PENDING for done in finished]
    if at < len(lines) and run.state in (RunState.RUNNING, RunState.FAILED):
        states[at] = stuck
    return [replace(line, state=state) for line, state in zip(lines, states, strict=True)]


# --- where the bank's day stands -----------------------------------------------------------------------
class Situation(StrEnum):
    """What the monitor says first."""

    NOT_LIVE = "not_live"
    RUNNING = "running"
    FAILED = "failed"
    BEHIND = "behind"
    UP_TO_DATE = "up_to_date"


@dataclass(frozen=True)
class Operation:
    """The next date to close and what stands in its way, as of the instant ``now``."""

    now: dt.datetime
    next_date: dt.date | None = None
    delivered_to: dt.date | None = None
    last: DailyRun | None = None
    current: DailyRun | None = None
    job: Job | None = None
    steps: list[StepLine] = field(default_factory=list)

    @property
    def situation(self) -> Situation:
        if self.next_date is None:
            return Situation.NOT_LIVE
        if self.current is not None and self.current.state == RunState.RUNNING:
            return Situation.RUNNING
        if self.current is not None and self.current.state == RunState.FAILED:
            return Situation.FAILED
        return Situation.BEHIND if self.days_behind else Situation.UP_TO_DATE

    @property
    def days_behind(self) -> int:
        """Delivered days that are not closed yet."""
        if self.next_date is None or self.delivered_to is None:
            return 0
        return max((self.delivered_to - self.next_date).days + 1, 0)

    @property
    def asked(self) -> bool:
        """Whether a run was asked for that has not ended."""
        return self.job is not None and self.job.state in BUSY

    @property
    def under_way(self) -> bool:
        """Whether the page should look again soon."""
        return self.asked or (self.situation == Situation.RUNNING and not self.silent)

    @property
    def waits_long(self) -> bool:
        """The job was asked for a while ago and no worker has taken it."""
        return (
            self.job is not None
            and self.job.state == RunState.PENDING
            and self.now - self.job.created_at > WAITS_LONG
        )

    @property
    def silent(self) -> bool:
        """The run says it is running, but nothing was heard of it for a long time."""
        heard = self.current.heartbeat_at if self.current is not None else None
        return heard is not None and self.now - heard > SILENT

    @property
    def late(self) -> bool:
        """The last success lies longer back than a day and a night's work."""
        ended = self.last.finished_at if self.last is not None else None
        return ended is not None and self.now - ended > LATE_AFTER

    @property
    def steps_done(self) -> int:
        return sum(step.state == RunState.DONE for step in self.steps)

    @property
    def at(self) -> StepLine | None:
        """The step that the unfinished run works on, or failed at."""
        return next((step for step in self.steps if step.state in (RunState.RUNNING, RunState.FAILED)), None)


def operation() -> Operation:
    """Where the bank's day stands; three queries, four while a run is unfinished."""
    next_date, delivered_to = _dates()
    current, last = _newest_runs(next_date)
    return Operation(
        now=clock.now(),
        next_date=next_date,
        delivered_to=delivered_to,
        last=last,
        current=current,
        job=Job.objects.filter(kind=RUN_JOB).order_by("-id").first(),
        steps=steps_of(current),
    )


def _dates() -> tuple[dt.date | None, dt.date | None]:
    """The next date to close, and that of the newest complete delivery."""
    complete = Delivery.objects.filter(
        state__in=[DeliveryState.APPLIED, DeliveryState.PARTIAL], complete=True
    )
    newest = complete.order_by("-business_date").values("business_date")[:1]
    dates = BusinessDate.objects.annotate(newest=Subquery(newest)).values_list("current", "newest").first()
    return dates or (None, None)


def _newest_runs(next_date: dt.date | None) -> tuple[DailyRun | None, DailyRun | None]:
    """The unfinished run of the next date, and the last one that succeeded, which lies before it."""
    runs = DailyRun.objects.filter(Q(state=RunState.DONE) | Q(business_date=next_date))
    newest = list(runs.order_by("-business_date")[:2])
    current = next((run for run in newest if run.business_date == next_date), None)
    return current, next((run for run in newest if run.state == RunState.DONE), None)


def unfinished_run() -> Job | None:
    """The run that was asked for and has not ended."""
    return Job.objects.filter(kind=RUN_JOB, state__in=BUSY).first()


# --- the list, and one run -----------------------------------------------------------------------------
def run_list(params: Mapping[str, str]) -> KeysetPage:
    """A page of runs, newest date first, with the seconds that their steps took; one query."""
    runs = DailyRun.objects.annotate(seconds=Sum("steps__seconds"))
    return keyset_page(runs, Order("business_date", descending=True), params, RUNS_SHOWN)


def starters(runs: Iterable[DailyRun]) -> dict[str, str]:
    """Names of the people who started runs, by employee number; a scheduled run has a machine's name."""
    numbers = {run.started_by for run in runs if run.started_by and ":" not in run.started_by}
    if not numbers:
        return {}
    return dict(User.objects.filter(employee_no__in=numbers).values_list("employee_no", "name"))


@dataclass(frozen=True)
class RunPage:
    """One run with its steps and its neighbours by date."""

    run: DailyRun
    steps: list[StepLine]
    before: dt.date | None
    after: dt.date | None

    @property
    def seconds(self) -> Decimal:
        return sum((step.seconds or Decimal() for step in self.steps), Decimal())


def run_of(date: dt.date) -> RunPage | None:
    """The run that closed a date; three queries."""
    run = DailyRun.objects.filter(business_date=date).first()
    if run is None:
        return None
    others: Mapping[str, Any] = DailyRun.objects.aggregate(
        before=Max("business_date", filter=Q(business_date__lt=date)),
        after=Min("business_date", filter=Q(business_date__gt=date)),
    )
    return RunPage(run, steps_of(run), others["before"], others["after"])
