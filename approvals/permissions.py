"""Who may sign. There is no bypass: not for a superuser, not for an administrator."""

import datetime as dt

from django.utils.translation import gettext as _

from approvals.enums import RequestState
from approvals.models import Request
from core.errors import PermissionRefused
from org.models import User
from org.selectors import delegators_of


def signing_for(user: User, request: Request, on: dt.date) -> User | None:
    """In whose place the user may sign the current step: the own, else that of somebody they deputise for.

    None when not at all. A deputy neither signs own work nor signs twice.
    """
    if not user.is_active or user.pk == request.applicant_id:
        return None
    if request.decisions.filter(actor=user).exists():
        return None
    return next((one for one in (user, *delegators_of(user, on)) if _may_sign(one, request)), None)


def _may_sign(person: User, request: Request) -> bool:
    return Request.objects.signable_by(person).filter(pk=request.pk).exists()


def can_decide(user: User, request: Request, on: dt.date) -> bool:
    return signing_for(user, request, on) is not None


def can_withdraw(user: User, request: Request) -> bool:
    """The applicant alone, and only while nobody has finished signing."""
    return request.state == RequestState.OPEN and user.pk == request.applicant_id


def require_signature(user: User, request: Request, on: dt.date) -> User:
    """In whose place the user signs; PermissionRefused with the reason."""
    if user.pk == request.applicant_id:
        raise PermissionRefused("own_work", _("Nobody signs their own work."))
    principal = signing_for(user, request, on)
    if principal is None:
        raise PermissionRefused("not_your_signature", _("This signature belongs to somebody else."))
    return principal
