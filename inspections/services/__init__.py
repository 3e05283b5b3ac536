"""Acts on inspection reports (INS-1 to INS-10), activities and work logs (LOG-1 to LOG-4)."""

from inspections.services.activities import record_activity
from inspections.services.reports import (
    add_evidence,
    draft_report,
    submit_report,
    withdraw_report,
    write_report,
)
from inspections.services.reviews import open_work_log, return_work_log, sign_work_log, sign_work_logs
from inspections.services.worklogs import draft_work_log, submit_work_log, write_work_log

__all__ = [
    "add_evidence",
    "draft_report",
    "draft_work_log",
    "open_work_log",
    "record_activity",
    "return_work_log",
    "sign_work_log",
    "sign_work_logs",
    "submit_report",
    "submit_work_log",
    "withdraw_report",
    "write_report",
    "write_work_log",
]
