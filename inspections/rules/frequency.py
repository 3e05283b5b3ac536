"""How often a loan is inspected, and the small tables that set-based steps join (INS-2 to INS-5)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from core.periods import Period, PeriodKind, add_months, period_containing
from core.workdays import WorkdayCalendar
from duties.rules import Rules, deadline, opens_on
from inspections.rules.readings import InspectionReadings
from loans.rules import KEY, NON_PERFORMING, NORMAL, REGULAR, SPECIAL_MENTION

MONTHLY = "monthly"
QUARTERLY = "quarterly"
HALF_YEARLY = "half_yearly"
ANNUAL = "annual"

FREQUENCIES = (MONTHLY, QUARTERLY, HALF_YEARLY)
"""The routine frequencies, strictest first; the annual report comes beside or instead of them."""

PERIOD_KINDS: dict[str, PeriodKind] = {
    MONTHLY: "month",
    QUARTERLY: "quarter",
    HALF_YEARLY: "half_year",
    ANNUAL: "year",
}
REPORT_CODES = {
    MONTHLY: "REPORT_MONTH",
    QUARTERLY: "REPORT_QUARTER",
    HALF_YEARLY: "REPORT_HALF",
    ANNUAL: "REPORT_YEAR",
}

SHORT_TERM_MONTHS = {REGULAR: 6, KEY: 3}
"""INS-7: a new normal loan with a contract term up to this many months needs no report."""

NEW_LOAN_MONTHS = 2
"""INS-8: a loan disbursed at most this long before the period's end needs none that time."""

VISIT_WORKDAYS = 5
"""How many working days before the period's end the visit is planned."""


@dataclass(frozen=True)
class ReportWindow:
    """A period whose report duties exist on some day, with what a loan must fulfil to owe one.

    Loans disbursed on or after `new_loan_from` are exempt; None: this report knows no
    exemption, neither for new nor for short loans.
    """

    report_type: str
    code: str
    period: Period
    opens_on: date
    due: date
    new_loan_from: date | None


@cache
def frequency_table(readings: InspectionReadings) -> dict[tuple[str, str], str]:
    """The frequency of every (regime, class)."""
    return {
        (REGULAR, NORMAL): HALF_YEARLY,
        (REGULAR, SPECIAL_MENTION): QUARTERLY,
        (KEY, NORMAL): QUARTERLY,
        (KEY, SPECIAL_MENTION): MONTHLY,
        **{(REGULAR, c): readings.npl_regular_frequency for c in NON_PERFORMING},
        **{(KEY, c): MONTHLY for c in NON_PERFORMING},
    }


def inspection_frequency(regime: str, classification: str, readings: InspectionReadings) -> str:
    """How often a loan of that regime and class is inspected and reported on."""
    return frequency_table(readings)[regime, classification]


def report_deadline(report_type: str, period_end: date, rules: Rules, calendar: WorkdayCalendar) -> date:
    """The last day for the report of the period ending on `period_end`."""
    return deadline(period_end, rules[REPORT_CODES[report_type]], calendar)


def exemptions_apply(report_type: str, readings: InspectionReadings) -> bool:
    """Whether new and short loans are spared this report (INS-7/8)."""
    return report_type != ANNUAL or readings.two_month_rule_annual == "applies"


def exempt_new_loans_from(report_type: str, period_end: date, readings: InspectionReadings) -> date | None:
    """The first disbursement date that this report spares as new; None where it spares nobody."""
    return new_loan_from(period_end, readings) if exemptions_apply(report_type, readings) else None


def new_loan_from(period_end: date, readings: InspectionReadings) -> date:
    """The first disbursement date that is new at the period's end (INS-8, both ends included)."""
    day = add_months(period_end, -NEW_LOAN_MONTHS)
    if readings.two_month_rule == "period_end_minus_2_months":
        return day
    # Two months on from a short month's end (28 February) may stop short of the period's end (30 April).
    is_reached = add_months(day, NEW_LOAN_MONTHS) >= period_end
    return day if is_reached else day + timedelta(days=1)


def window_of(
    report_type: str, period: Period, rules: Rules, calendar: WorkdayCalendar, readings: InspectionReadings
) -> ReportWindow:
    """The report of one type about one period: when it opens, until when it is due, who is spared."""
    rule = rules[REPORT_CODES[report_type]]
    due = deadline(period.end, rule, calendar)
    return ReportWindow(
        report_type=report_type,
        code=rule.code,
        period=period,
        opens_on=opens_on(period.end, due, rule, calendar),
        due=due,
        new_loan_from=new_loan_from(period.end, readings)
        if exemptions_apply(report_type, readings)
        else None,
    )


def windows_ending(
    period_end: date, rules: Rules, calendar: WorkdayCalendar, readings: InspectionReadings
) -> dict[str, ReportWindow]:
    """The reports about the periods that end on a month's last day, by report type."""
    periods = {t: period_containing(period_end, PERIOD_KINDS[t]) for t in REPORT_CODES}
    return {
        report_type: window_of(report_type, period, rules, calendar, readings)
        for report_type, period in periods.items()
        if period.end == period_end
    }


def planned_visit(period_end: date, opens_on: date, calendar: WorkdayCalendar) -> date:
    """The day set aside for the visit, so that it falls into the period where that is still possible.

    A working day about `VISIT_WORKDAYS` before the period's end, never before the duty opens.
    """
    wanted = max(calendar.add_workdays(period_end, -VISIT_WORKDAYS), opens_on)
    return calendar.next_workday(wanted)


def report_windows(
    business_date: date, rules: Rules, calendar: WorkdayCalendar, readings: InspectionReadings
) -> list[ReportWindow]:
    """The periods whose report duties exist on a day: already opened, not yet past their deadline."""
    return [
        window
        for report_type in REPORT_CODES
        for window in _windows_due_from(business_date, report_type, rules, calendar, readings)
        if window.opens_on <= business_date
    ]


def _windows_due_from(
    day: date, report_type: str, rules: Rules, calendar: WorkdayCalendar, readings: InspectionReadings
) -> Iterator[ReportWindow]:
    """The periods begun by a day and reported on it or later, newest first."""
    period = period_containing(day, PERIOD_KINDS[report_type])
    while (window := window_of(report_type, period, rules, calendar, readings)).due >= day:
        yield window
        period = period.previous()
