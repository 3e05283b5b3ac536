"""Reads over inspections and work logs."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext_lazy

from core.periods import Period
from core.selectors import readings, workday_calendar
from duties.selectors import rules_in_force
from inspections.enums import LogState
from inspections.models import WorkLog
from inspections.rules import (
    NEW_LOAN,
    SETTLED,
    SHORT_TERM,
    InspectedLoan,
    InspectionReadings,
    PlannedReport,
    planned_reports,
)
from loans.models import Loan
from org.enums import Role
from org.models import RoleHolder, User

EXEMPTIONS = {
    SHORT_TERM: ("INS-7", gettext_lazy("a new, normal loan with a short term needs no inspection report")),
    NEW_LOAN: ("INS-8", gettext_lazy("paid out at most two months before the end of the period")),
    SETTLED: ("INS-3", gettext_lazy("the loan ended before the report was owed")),
}


@dataclass(frozen=True)
class Exemption:
    """Why a loan needs no report about a period: the clause and its words."""

    report: PlannedReport
    clause: str
    reason: str


def inspected_loan(loan: Loan) -> InspectedLoan:
    """A loan as the pure rules see it: what was in force from disbursement on."""
    changes = list(loan.status_history.order_by("effective_on"))
    first_regime = changes[0].previous_regime if changes else loan.regime
    first_class = changes[0].previous_classification if changes else loan.classification
    return InspectedLoan(
        loan_no=loan.loan_no,
        disbursed_on=loan.disbursed_on,
        matures_on=loan.matures_on,
        ended_on=loan.ended_on,
        regimes=[(loan.disbursed_on, first_regime), *((c.effective_on, c.regime) for c in changes)],
        classes=[(loan.disbursed_on, first_class), *((c.effective_on, c.classification) for c in changes)],
        is_renewal=loan.is_renewal,
    )


def foreseen_reports(loan: Loan, start: dt.date, end: dt.date) -> list[PlannedReport]:
    """The reports about periods ending in start..end, exempt ones included, by what is known now."""
    return list(
        planned_reports(
            inspected_loan(loan),
            start,
            end,
            rules_in_force(end),
            workday_calendar(),
            readings(InspectionReadings, end),
        )
    )


def exemption_of(loan: Loan, period: Period) -> Exemption | None:
    """Why the loan is spared the report about a period; None when it owes it, or none is foreseen."""
    reports = foreseen_reports(loan, period.end, period.end)
    spared = [report for report in reports if report.period == period and report.exemption]
    for report in spared:
        clause, reason = EXEMPTIONS[str(report.exemption)]
        return Exemption(report, clause, str(reason))
    return None


def signed_logs(borrower_no: str, month: Period) -> list[WorkLog]:
    """The signed logs about what was done in a month, in order of submission."""
    logs = WorkLog.objects.filter(
        borrower__borrower_no=borrower_no,
        activity_on__range=(month.start, month.end),
        state=LogState.SIGNED,
    )
    return list(logs.order_by("first_submitted_on", "pk"))


def reviewer_of(log: WorkLog) -> User | None:
    """Who is asked to review a log: the supervisor of its branch, else whoever stands above the author."""
    roles = (Role.SUPERVISOR, Role.DEPARTMENT_HEAD, Role.BRANCH_MANAGER)
    holders = {
        row.role: row.user
        for row in RoleHolder.objects.filter(
            ~Q(user=log.author_id), role__in=roles, branch=log.branch_id
        ).select_related("user")
    }
    return next((holders[role] for role in roles if role in holders), None)
