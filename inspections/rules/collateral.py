"""The yearly on-site check of collateral (CLT-1, CLT-2)."""

from dataclasses import dataclass
from datetime import date

from core.periods import period_containing
from core.workdays import WorkdayCalendar
from duties.rules import Rules, deadline, is_late
from inspections.rules.readings import InspectionReadings
from loans.rules import NORMAL, term_in_months

EXEMPT_TERM_MONTHS = 12
"""CLT-2: collateral of a normal loan with a term up to this needs no check on site."""


@dataclass(frozen=True)
class CollateralCheck:
    """Whether the next check is owed, until when, and whether that day has passed."""

    required: bool
    due: date | None = None
    late: bool = False


def collateral_check(
    disbursed_on: date,
    matures_on: date,
    classification: str,
    last_check: date | None,
    as_of: date,
    rules: Rules,
    calendar: WorkdayCalendar,
    readings: InspectionReadings,
    *,
    undisturbed: bool = True,
) -> CollateralCheck:
    """The state of the next on-site check.

    `disbursed_on` is the first disbursement across renewals. `undisturbed`: not overdue, no
    open warning of medium severity, no seizure; else the exemption of short loans falls away.
    """
    is_short = term_in_months(disbursed_on, matures_on) <= EXEMPT_TERM_MONTHS
    if is_short and classification == NORMAL and undisturbed:
        return CollateralCheck(required=False)
    due = collateral_check_due(disbursed_on, last_check, rules, calendar, readings)
    return CollateralCheck(required=True, due=due, late=is_late(due, None, as_of))


def collateral_check_due(
    disbursed_on: date,
    last_check: date | None,
    rules: Rules,
    calendar: WorkdayCalendar,
    readings: InspectionReadings,
) -> date:
    """The last day for the check after `last_check`, or for the first one after disbursement."""
    if readings.collateral_interval == "rolling_12_months":
        return deadline(last_check or disbursed_on, rules["COLLATERAL_CHECK"], calendar)
    if last_check is None:
        return period_containing(disbursed_on, "year").end
    return period_containing(last_check, "year").next().end
