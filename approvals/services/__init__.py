"""Acts of the approvals engine, and the house's own kinds of approval."""

from approvals.services.calendar import request_calendar_change
from approvals.services.policy import request_publication
from approvals.services.signing import decide, sign_code, submit, withdraw
from approvals.services.waivers import request_waiver

__all__ = [
    "decide",
    "request_calendar_change",
    "request_publication",
    "request_waiver",
    "sign_code",
    "submit",
    "withdraw",
]
