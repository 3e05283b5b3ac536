"""Acts on activities and work logs (LOG-1 to LOG-4)."""

from inspections.services.activities import record_activity
from inspections.services.reviews import return_work_log, sign_work_log
from inspections.services.worklogs import draft_work_log, submit_work_log, write_work_log

__all__ = [
    "draft_work_log",
    "record_activity",
    "return_work_log",
    "sign_work_log",
    "submit_work_log",
    "write_work_log",
]
