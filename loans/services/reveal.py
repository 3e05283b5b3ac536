"""Seeing personal data in full takes a reason and leaves a trace."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from core import audit
from core.errors import ApplicationError
from loans.models import Borrower
from loans.permissions import require_reveal
from org.models import User

REVEALABLE = ("id_no", "phone")
MIN_REASON = 5


@transaction.atomic
def reveal(borrower: Borrower, field: str, *, actor: User, business_date: dt.date, reason: str) -> str:
    """The full ``id_no`` or ``phone`` of a borrower that the actor may see.

    The audit row names the field and the reason, never the value. ApplicationError for another field or
    without a reason.
    """
    require_reveal(actor, borrower)
    if field not in REVEALABLE:
        raise ApplicationError("unknown_field", _("There is no such number."), status=404)
    if len(reason.strip()) < MIN_REASON:
        message = _("Give a reason of at least %(n)s characters.") % {"n": MIN_REASON}
        raise ApplicationError("reason", message, details={"reason": [message]})
    audit.record(
        "borrower.revealed",
        actor=actor,
        subject_type="borrower",
        subject_no=borrower.borrower_no,
        after={"field": field, "reason": reason.strip()},
        business_date=business_date,
    )
    return str(getattr(borrower, field))
