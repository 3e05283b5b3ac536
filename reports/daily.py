"""The steps of the daily run that close a month: freeze every loan, sum the figures, judge the duties.

They work on the last day of a month alone. What they write is never changed, so that a report can be drawn
again years later as it was; corrections of facts show in the next month.
"""

import datetime as dt
from collections.abc import Callable

from django.db.models import CharField, F, Value
from django.db.models.functions import Coalesce

from core.bulk import execute, insert_select
from core.daily import StepResult
from core.periods import month_end
from duties.planning import ONE_DAY, RunContext, date
from reports.enums import Dimension
from reports.models import LoanSnapshot, PortfolioMonth, TimelinessFigure
from reports.rules.dates import next_month
from reports.selectors.positions import columns, positions, timeliness
from reports.sql import freeze_statement


def freeze_loans(context: RunContext) -> StepResult:
    """Write one row per loan of the block, compared with the month before if that was closed here."""
    result = StepResult()
    if context.day == month_end(context.day):
        since = context.day.replace(day=1) - ONE_DAY
        before = PortfolioMonth.objects.filter(month_end=since).values_list("month_end", flat=True).first()
        _open_month(context, before)
        rows = positions(context.day, before, context.in_branches())
        frozen = {"month_end": date(context.day), **columns(context.day, since)}
        result.add("loans frozen", insert_select(LoanSnapshot, frozen, rows))
    return result


def _open_month(context: RunContext, before: dt.date | None) -> None:
    delivered = min(context.judged_to, context.day) if context.judged_to else None
    row = PortfolioMonth(month_end=context.day, previous_end=before, delivered_to=delivered)
    PortfolioMonth.objects.bulk_create([row], ignore_conflicts=True)


def sum_figures(context: RunContext) -> StepResult:
    """Sum the frozen loans per branch with everything below it."""
    result = StepResult()
    if context.day == month_end(context.day):
        due_from, due_to = next_month(context.day)
        statement = freeze_statement(tuple(Dimension.values))
        result.add("figures", execute(statement, [context.day, due_from, due_to, context.day]))
    return result


def sum_timeliness(context: RunContext) -> StepResult:
    """Judge the duties that were due in the month, per branch, code and owner."""
    result = StepResult()
    if context.day == month_end(context.day):
        result.add(
            "people and codes judged",
            insert_select(
                TimelinessFigure,
                {
                    "month_end": date(context.day),
                    "branch": F("branch"),
                    "code": F("code"),
                    "owner_no": Coalesce(F("owner__employee_no"), Value(""), output_field=CharField()),
                    "due": F("n_due"),
                    "on_time": F("n_on_time"),
                    "late": F("n_late"),
                    "still_open": F("n_due") - F("n_on_time") - F("n_late") - F("n_excused"),
                    "excused": F("n_excused"),
                },
                timeliness(context.day.replace(day=1), context.day),
            ),
        )
    return result


STEPS: tuple[tuple[str, Callable[[RunContext], StepResult], bool], ...] = (
    ("reports.loans", freeze_loans, True),
    ("reports.figures", sum_figures, False),
    ("reports.timeliness", sum_timeliness, False),
)
"""Name, step, and whether it may be split into blocks of branches."""
