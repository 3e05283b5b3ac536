from core.models.audit import AuditChain, AuditEvent
from core.models.calendar import BusinessDay, CalendarVersion
from core.models.policy import Parameter
from core.models.requests import IdempotentRequest
from core.models.runs import BusinessDate, DailyRun, Job, StepRun

__all__ = [
    "AuditChain",
    "AuditEvent",
    "BusinessDate",
    "BusinessDay",
    "CalendarVersion",
    "DailyRun",
    "IdempotentRequest",
    "Job",
    "Parameter",
    "StepRun",
]
