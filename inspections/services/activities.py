"""Recording what was done about a borrower (LOG-1)."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.errors import ApplicationError
from documents.services import next_number
from inspections.enums import LOGGED_KINDS, ActivityKind
from inspections.models import Activity
from inspections.permissions import require_recording
from inspections.services.records import audit_act, open_duty_about
from loans.models import Borrower
from org.models import User


@transaction.atomic
def record_activity(
    *,
    actor: User,
    business_date: dt.date,
    borrower: Borrower,
    kind: str,
    ended_on: dt.date,
    began_on: dt.date | None = None,
    place: str = "",
    summary: str = "",
) -> Activity:
    """Note what was done about a borrower; a log is then owed within two working days of its last day.

    ApplicationError("unknown_kind"), ("activity_range") for days in the wrong order or in the future;
    PermissionRefused for somebody else's borrower.
    """
    require_recording(actor, borrower)
    began_on = began_on or ended_on
    require_kind(kind)
    require_days(began_on, ended_on, business_date)
    activity = Activity.objects.create(
        activity_no=next_number("ACT", year=business_date.year, branch_no=borrower.branch.branch_no),
        borrower=borrower,
        branch=borrower.branch,
        owner=actor,
        kind=kind,
        began_on=began_on,
        ended_on=ended_on,
        place=place.strip(),
        summary=summary.strip(),
        recorded_at=clock.now(),
    )
    if kind in LOGGED_KINDS:
        open_duty_about(
            activity,
            "LOG_ENTRY",
            period_key=ended_on.isoformat(),
            anchor_on=ended_on,
            owner=actor,
            business_date=business_date,
        )
    audit_act("activity.recorded", activity, actor=actor, business_date=business_date, kind=kind)
    return activity


def require_kind(kind: str) -> None:
    """ApplicationError("unknown_kind") unless it is one of `ActivityKind`."""
    if kind not in ActivityKind.values:
        message = _("Unknown kind: %(name)s.") % {"name": kind}
        raise ApplicationError("unknown_kind", message, details={"kind": [message]})


def require_days(began_on: dt.date, ended_on: dt.date, business_date: dt.date) -> None:
    """ApplicationError("activity_range") unless the days are in order and over."""
    if not began_on <= ended_on <= business_date:
        message = _("The days are in the wrong order, or not over yet.")
        raise ApplicationError("activity_range", message, details={"ended_on": [message]})
