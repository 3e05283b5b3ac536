from inspections.models.checklist import Checklist, ChecklistItem
from inspections.models.planned import (
    BorrowerReport,
    CollateralInPlay,
    CollateralState,
    LoanReport,
    LogMinimum,
    PlannedDuty,
    RenewedFrom,
)
from inspections.models.report import InspectionReport, ReportDuty
from inspections.models.worklog import Activity, LogOpening, WorkLog, WorkLogReview

__all__ = [
    "Activity",
    "BorrowerReport",
    "Checklist",
    "ChecklistItem",
    "CollateralInPlay",
    "CollateralState",
    "InspectionReport",
    "LoanReport",
    "LogMinimum",
    "LogOpening",
    "PlannedDuty",
    "RenewedFrom",
    "ReportDuty",
    "WorkLog",
    "WorkLogReview",
]
