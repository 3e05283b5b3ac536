from inspections.models.planned import (
    BorrowerReport,
    CollateralInPlay,
    CollateralState,
    LoanReport,
    LogMinimum,
    PlannedDuty,
    RenewedFrom,
)
from inspections.models.worklog import Activity, WorkLog, WorkLogReview

__all__ = [
    "Activity",
    "BorrowerReport",
    "CollateralInPlay",
    "CollateralState",
    "LoanReport",
    "LogMinimum",
    "PlannedDuty",
    "RenewedFrom",
    "WorkLog",
    "WorkLogReview",
]
