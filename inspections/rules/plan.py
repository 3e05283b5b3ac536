"""Which inspections and reports one loan owes, and why it owes none (INS-1 to INS-8)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from core.history import History, value_on
from core.periods import Period, period_containing, period_ends
from core.workdays import WorkdayCalendar
from duties.rules import Rules, deadline
from inspections.rules.frequency import (
    ANNUAL,
    FREQUENCIES,
    HALF_YEARLY,
    PERIOD_KINDS,
    QUARTERLY,
    SHORT_TERM_MONTHS,
    exemptions_apply,
    inspection_frequency,
    new_loan_from,
    report_deadline,
)
from inspections.rules.readings import InspectionReadings
from loans.rules import KEY, NORMAL, term_in_months

SETTLED = "settled"
SHORT_TERM = "short_term"
NEW_LOAN = "new_loan"

REPLACED_BY_ANNUAL: Mapping[str, tuple[str, ...]] = {
    "replaces_half_and_quarter": (HALF_YEARLY, QUARTERLY),
    "replaces_all": FREQUENCIES,
    "additional": (),
}
"""INS-4: the routine reports of 31 December for which the annual one stands in."""


@dataclass(frozen=True, kw_only=True)
class InspectedLoan:
    """What the schedule of a loan depends on.

    `ended_on` is the day it was settled or written off. Histories run from disbursement.
    """

    loan_no: str
    disbursed_on: date
    matures_on: date
    ended_on: date | None = None
    regimes: History[str]
    classes: History[str]
    is_renewal: bool = False


@dataclass(frozen=True)
class PlannedReport:
    """A report that the schedule foresees; `exemption` says why the loan need not write it."""

    report_type: str
    period: Period
    due: date
    exemption: str | None = None


@dataclass(frozen=True)
class InspectionPlan:
    """The duties of one loan over a span of time; `exempt` are the reports spared by rule."""

    first_inspection_due: date | None
    reports: list[PlannedReport]
    exempt: list[PlannedReport]


def first_inspection(
    disbursed_on: date,
    ended_on: date | None,
    rules: Rules,
    calendar: WorkdayCalendar,
    readings: InspectionReadings,
) -> date | None:
    """The last day for the first inspection; None when the loan ended by then (INS-1)."""
    due = deadline(disbursed_on, rules["FIRST_INSPECTION"], calendar)
    if readings.first_inspection_settled == "lapses" and ended_on and ended_on <= due:
        return None
    return due


def inspection_plan(
    loan: InspectedLoan,
    start: date,
    end: date,
    rules: Rules,
    calendar: WorkdayCalendar,
    readings: InspectionReadings,
) -> InspectionPlan:
    """The first inspection, if disbursed in start..end, and the reports of periods ending there."""
    first = None
    if start <= loan.disbursed_on <= end:
        first = first_inspection(loan.disbursed_on, loan.ended_on, rules, calendar, readings)
    planned = list(planned_reports(loan, start, end, rules, calendar, readings))
    return InspectionPlan(
        first_inspection_due=first,
        reports=[report for report in planned if not report.exemption],
        exempt=[report for report in planned if report.exemption],
    )


def planned_reports(
    loan: InspectedLoan,
    start: date,
    end: date,
    rules: Rules,
    calendar: WorkdayCalendar,
    readings: InspectionReadings,
) -> Iterator[PlannedReport]:
    """The reports of periods ending in start..end, exempt ones included, in order of period end."""
    for month in period_ends(max(start, loan.disbursed_on), end, "month"):
        for report_type in _reports_at(loan, month.end, readings):
            period = Period.ending(month.end, PERIOD_KINDS[report_type])
            due = report_deadline(report_type, month.end, rules, calendar)
            exemption = _exemption(loan, report_type, period, due, readings)
            yield PlannedReport(report_type, period, due, exemption)


def frequency_on(loan: InspectedLoan, day: date, readings: InspectionReadings) -> str:
    """The frequency that regime and class in force on a day call for."""
    return inspection_frequency(value_on(loan.regimes, day), value_on(loan.classes, day), readings)


def is_tightened_to(
    loan: InspectedLoan, frequency: str, period: Period, readings: InspectionReadings
) -> bool:
    """Whether a change inside the period brought the loan to that stricter frequency."""
    changes = {day for history in (loan.regimes, loan.classes) for day, _ in history if day in period}
    return any(
        frequency_on(loan, day, readings) == frequency
        and frequency in _stricter_than(frequency_on(loan, day - timedelta(days=1), readings))
        for day in changes
    )


def _stricter_than(frequency: str) -> tuple[str, ...]:
    return FREQUENCIES[: FREQUENCIES.index(frequency)]


def _reports_at(loan: InspectedLoan, period_end: date, readings: InspectionReadings) -> list[str]:
    """The report types foreseen for a month's end: at most one routine report, and the annual one."""
    annual = [ANNUAL] if _owes_annual(loan, period_end, readings) else []
    replaced = REPLACED_BY_ANNUAL[readings.annual_report_layering] if annual else ()
    routine = [f for f in FREQUENCIES if _is_ruled_by(loan, f, period_end, readings)]
    return [f for f in routine[:1] if f not in replaced] + annual


def _is_ruled_by(loan: InspectedLoan, frequency: str, period_end: date, readings: InspectionReadings) -> bool:
    """Whether a period of the frequency ends that day and was ruled by it."""
    period = period_containing(period_end, PERIOD_KINDS[frequency])
    if period.end != period_end:
        return False
    if frequency_on(loan, ruling_day(period, readings), readings) == frequency:
        return True
    return readings.class_change_timing == "period_end_or_tightening" and is_tightened_to(
        loan, frequency, period, readings
    )


def ruling_day(period: Period, readings: InspectionReadings) -> date:
    """The day whose regime and class rule the period."""
    return period.start if readings.class_change_timing == "period_start" else period.end


def _owes_annual(loan: InspectedLoan, period_end: date, readings: InspectionReadings) -> bool:
    year = period_containing(period_end, "year")
    if year.end != period_end:
        return False
    regime = value_on(loan.regimes, ruling_day(year, readings))
    return regime != KEY or readings.key_annual_report == "yes"


def _exemption(
    loan: InspectedLoan, report_type: str, period: Period, due: date, readings: InspectionReadings
) -> str | None:
    """Why the loan need not write a foreseen report, or None."""
    if _has_ended(loan, period, due, readings):
        return SETTLED
    if not exemptions_apply(report_type, readings):
        return None
    if _is_short_term(loan, period.end):
        return SHORT_TERM
    if loan.disbursed_on >= new_loan_from(period.end, readings):
        return NEW_LOAN
    return None


def _has_ended(loan: InspectedLoan, period: Period, due: date, readings: InspectionReadings) -> bool:
    ended_on = loan.ended_on
    spans = sparing_ends(period.end, due, readings)
    return ended_on is not None and any(first <= ended_on <= last for first, last in spans)


def sparing_ends(period_end: date, due: date, readings: InspectionReadings) -> list[tuple[date, date]]:
    """The spans of days on which a loan must end to be spared the report of a period."""
    with_last_day = readings.settled_on_period_end == "no_report"
    spans = [(date.min, period_end if with_last_day else period_end - timedelta(days=1))]
    if readings.settled_before_report_due == "waived" and due > period_end:
        spans.append((period_end + timedelta(days=1), due))
    return spans


def _is_short_term(loan: InspectedLoan, day: date) -> bool:
    """INS-7: a new, not a renewed, loan with a short contract term, still normal on the day."""
    limit = SHORT_TERM_MONTHS[value_on(loan.regimes, day)]
    return (
        not loan.is_renewal
        and value_on(loan.classes, day) == NORMAL
        and term_in_months(loan.disbursed_on, loan.matures_on) <= limit
    )
