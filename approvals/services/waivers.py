"""Waiving a duty: a written reason, approved one level up (CAL-8)."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from approvals.enums import Kind
from approvals.models import Request
from approvals.rules import MIN_OPINION, is_opinion
from approvals.services.signing import submit
from core import subjects
from core.errors import ApplicationError, Conflict
from duties.enums import DutyState, SubjectType
from duties.models import Duty
from duties.permissions import require_closing
from duties.registration import duty_content
from org.models import User


@transaction.atomic
def request_waiver(duty: Duty, *, actor: User, business_date: dt.date, reason: str) -> Request:
    """Ask a second person to release the owner from an open duty.

    The owner, a supervising person of the branch, or a deputy of either may ask. ApplicationError
    ("reason") without a reason that says something, Conflict when the duty is closed or a waiver of it
    waits already.
    """
    require_closing(actor, duty, business_date)
    if not is_opinion(reason):
        message = _("Give a reason of at least %(n)s characters.") % {"n": MIN_OPINION}
        raise ApplicationError("reason", message, details={"reason": [message]})
    duty.refresh_from_db()
    if duty.state != DutyState.OPEN:
        raise Conflict("stale", _("This duty was closed meanwhile."))
    subject_no = str(duty.pk)
    return submit(
        Kind.DUTY_WAIVER,
        SubjectType.DUTY,
        subject_no,
        applicant=actor,
        business_date=business_date,
        content_hash=duty_content(subject_no),
        branch=duty.branch,
        title=subjects.title(SubjectType.DUTY, subject_no),
        payload={"reason": reason.strip(), "due_on": duty.due_on, "code": duty.code},
        borrower_no=duty.borrower_no,
    )
