"""Who issues letters and records what became of them."""

import datetime as dt

from collections_app.models import Notice
from duties.models import Duty
from duties.permissions import can_close, require_closing
from org.models import User


def can_issue(user: User, duty: Duty, on: dt.date) -> bool:
    """Whoever may close the duty: its owner, a supervising person over the branch, a deputy."""
    return can_close(user, duty, on)


def require_issuing(user: User, duty: Duty, on: dt.date) -> User:
    """The person in whose place the user acts; PermissionRefused when nobody's."""
    return require_closing(user, duty, on)


def can_record(user: User, notice: Notice, on: dt.date) -> bool:
    """Deliveries and receipts, also after the duty was closed."""
    return can_close(user, notice.duty, on)
