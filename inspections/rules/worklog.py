"""Work logs: the clock of two and two working days, and the monthly minimum (LOG-1 to LOG-3)."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from approvals.rules import is_opinion
from core.history import value_on
from core.periods import Period, period_containing, period_ends
from core.workdays import WorkdayCalendar
from duties.rules import Rules, sla
from inspections.rules.plan import InspectedLoan
from inspections.rules.readings import InspectionReadings
from loans.rules import CLASSES, NORMAL, REGIMES, REGULAR

MIN_REVIEW_OPINION = 10
"""LOG-2: a supervisor's opinion has at least this many characters."""

BASE_MINIMUM = 1
WATCHED_MINIMUM = 2


class Outstanding(Protocol):
    """A loan with the day it was paid out and the day it was settled or written off, if any."""

    @property
    def disbursed_on(self) -> date: ...
    @property
    def ended_on(self) -> date | None: ...


@dataclass(frozen=True)
class WorklogSla:
    """The deadlines of submission and signature; no signature is owed before submission."""

    submit_due: date
    submit_late: bool
    sign_due: date | None
    sign_late: bool


def worklog_sla(
    activity: date,
    submitted: date | None,
    signed: date | None,
    as_of: date,
    rules: Rules,
    calendar: WorkdayCalendar,
) -> WorklogSla:
    """The clock of one log: two working days to submit it, two more to sign it."""
    entry = sla(activity, submitted, as_of, rules["LOG_ENTRY"], calendar)
    if submitted is None:
        return WorklogSla(entry.due, entry.late, None, sign_late=False)
    review = sla(submitted, signed, as_of, rules["LOG_REVIEW"], calendar)
    return WorklogSla(entry.due, entry.late, review.due, review.late)


def is_review_opinion(text: str) -> bool:
    """Whether a supervisor's opinion says something: long enough, and more than "seen" (LOG-2)."""
    return len(text.strip()) >= MIN_REVIEW_OPINION and is_opinion(text)


def worklog_minimum_table() -> dict[tuple[str, str], int]:
    """How many logs a month a loan of each (regime, class) asks for (LOG-3)."""
    return {
        **{(regime, classification): WATCHED_MINIMUM for regime in REGIMES for classification in CLASSES},
        (REGULAR, NORMAL): BASE_MINIMUM,
    }


def worklog_minimum(regime: str, classification: str) -> int:
    """How many logs a month a loan of that regime and class asks for (LOG-3)."""
    return worklog_minimum_table()[regime, classification]


def is_counted(loan: Outstanding, month: Period, readings: InspectionReadings) -> bool:
    """Whether a month counts for a loan: a balance at its close, or on any of its days."""
    if loan.disbursed_on > month.end:
        return False
    return loan.ended_on is None or loan.ended_on > uncounted_until(month, readings)


def uncounted_until(month: Period, readings: InspectionReadings) -> date:
    """A loan that ended by this day does not make the month count."""
    at_month_end = readings.worklog_month_scope == "outstanding_at_month_end"
    return month.end if at_month_end else month.start - timedelta(days=1)


def worklog_months(
    loans: Sequence[Outstanding],
    logs: Iterable[date],
    first_month: date,
    last_month: date,
    readings: InspectionReadings,
) -> list[Period]:
    """The months that count for a borrower and have no log at all, within the months given."""
    logged = {period_containing(day, "month") for day in logs}
    return [
        month
        for month in _months(first_month, last_month)
        if month not in logged and any(is_counted(loan, month, readings) for loan in loans)
    ]


def worklog_shortfall(
    loans: Sequence[InspectedLoan],
    logs: Iterable[date],
    first_month: date,
    last_month: date,
    readings: InspectionReadings,
) -> dict[Period, int]:
    """How many logs a borrower lacks in each month short of its minimum, the strictest loan's."""
    written = Counter(period_containing(day, "month") for day in logs)
    required = {
        month: max((_required(loan, month, readings) for loan in loans), default=0)
        for month in _months(first_month, last_month)
    }
    return {month: n - written[month] for month, n in required.items() if n > written[month]}


def _required(loan: InspectedLoan, month: Period, readings: InspectionReadings) -> int:
    if not is_counted(loan, month, readings):
        return 0
    return worklog_minimum(value_on(loan.regimes, month.end), value_on(loan.classes, month.end))


def _months(first: date, last: date) -> list[Period]:
    return period_ends(first.replace(day=1), period_containing(last, "month").end, "month")
