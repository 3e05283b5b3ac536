"""Steps of the daily run for inspections, work logs and collateral, in the order in which they run.

First what the subjects in play owe is written down, then the duties are brought in line with it, and last
what opens with the coming day is opened for the whole book.
"""

from collections.abc import Callable, Iterator

from core.bulk import refresh_statistics
from core.daily import StepResult
from duties.models import Duty
from duties.planning import Opening, RunContext
from inspections.daily import replan
from inspections.daily.collateral import finish_checked, replan_collateral_checks, set_deadlines
from inspections.daily.first import plan_first_inspections, replan_first_inspections
from inspections.daily.logs import finish_log_minimums, plan_log_minimums, replan_log_minimums
from inspections.daily.reports import plan_reports, replan_reports

Step = Callable[[RunContext], StepResult]

MANY = 10_000
"""Rows from which on the database is asked to count before it plans the next statements."""


def opening_all(planned: Callable[[RunContext], Iterator[Opening]]) -> Step:
    """A step that opens what a planner foresees for the whole book."""

    def run(context: RunContext) -> StepResult:
        result = StepResult()
        for one in planned(context):
            result.add("opened", one.insert())
        if result.counts.get("opened", 0) >= MANY:
            refresh_statistics(Duty)
        return result

    return run


STEPS: tuple[tuple[str, Step], ...] = (
    ("inspections.clear", replan.clear),
    ("inspections.first.plan", replan.noting(replan_first_inspections)),
    ("inspections.reports.plan", replan.noting(replan_reports)),
    ("inspections.logs.plan", replan.noting(replan_log_minimums)),
    ("inspections.collateral.plan", replan.noting(replan_collateral_checks)),
    ("inspections.collateral.deadlines", set_deadlines),
    ("inspections.collateral.done", finish_checked),
    ("inspections.lapse", replan.lapse_unplanned),
    ("inspections.restate", replan.restate_planned),
    ("inspections.open", replan.open_planned),
    ("inspections.logs.done", finish_log_minimums),
    ("inspections.first", opening_all(plan_first_inspections)),
    ("inspections.reports", opening_all(plan_reports)),
    ("inspections.logs", opening_all(plan_log_minimums)),
)
