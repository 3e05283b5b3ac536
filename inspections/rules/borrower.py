"""One report per borrower and period end, merged from what its loans owe (contracts section 3)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from core.periods import Period
from core.workdays import WorkdayCalendar
from duties.rules import Rules
from inspections.rules.frequency import ANNUAL, FREQUENCIES, REPORT_CODES
from inspections.rules.plan import (
    REPLACED_BY_ANNUAL,
    SETTLED,
    InspectedLoan,
    PlannedReport,
    planned_reports,
)
from inspections.rules.readings import InspectionReadings

LoanReport = tuple[str, PlannedReport]
"""A loan number with a report that is foreseen for it."""


@dataclass(frozen=True)
class BorrowerReport:
    """One report duty of a borrower.

    `loans` are the loans it covers, `exempt` those spared by rule with the name of the rule.
    """

    code: str
    report_type: str
    period: Period
    due: date
    loans: tuple[str, ...]
    exempt: tuple[tuple[str, str], ...] = ()


def borrower_reports(
    loans: Iterable[InspectedLoan],
    start: date,
    end: date,
    rules: Rules,
    calendar: WorkdayCalendar,
    readings: InspectionReadings,
) -> list[BorrowerReport]:
    """The report duties of one borrower for the periods ending in start..end, oldest first.

    The loans whose periods end on one day share a report, coded by the strictest frequency
    and due at the earliest of their deadlines. The annual report covers the half-yearly and
    quarterly ones that it replaces, whichever loan of the borrower owes them (INS-4), so that
    it is a second duty only beside a monthly one.
    """
    planned = sorted(
        (
            (loan.loan_no, report)
            for loan in loans
            for report in planned_reports(loan, start, end, rules, calendar, readings)
        ),
        key=lambda item: (item[1].period.end, item[0]),
    )
    return [
        _merge(group, reports)
        for _, items in groupby(planned, key=lambda item: item[1].period.end)
        for reports in [list(items)]
        for group in _groups(reports, readings)
    ]


def _groups(reports: list[LoanReport], readings: InspectionReadings) -> Iterator[list[LoanReport]]:
    """The owed reports of one period end, divided into those that one document covers."""
    owed = [item for item in reports if not item[1].exemption]
    annual = any(report.report_type == ANNUAL for _, report in owed)
    replaced = (ANNUAL, *REPLACED_BY_ANNUAL[readings.annual_report_layering]) if annual else ()
    for inside in (False, True):
        group = [item for item in owed if (item[1].report_type in replaced) == inside]
        if group:
            yield group


def _merge(group: list[LoanReport], reports: list[LoanReport]) -> BorrowerReport:
    leading = min((report for _, report in group), key=_precedence)
    covered = sorted({loan_no for loan_no, _ in group})
    return BorrowerReport(
        code=REPORT_CODES[leading.report_type],
        report_type=leading.report_type,
        period=leading.period,
        due=min(report.due for _, report in group),
        loans=tuple(covered),
        exempt=tuple(
            sorted(
                {
                    (loan_no, report.exemption)
                    for loan_no, report in reports
                    if report.exemption and report.exemption != SETTLED and loan_no not in covered
                }
            )
        ),
    )


def _precedence(report: PlannedReport) -> int:
    """The annual report names the duty before any routine one, then the strictest frequency."""
    return (ANNUAL, *FREQUENCIES).index(report.report_type)
