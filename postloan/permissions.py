"""Who sees and drives the operation of the product."""

from django.utils.translation import gettext as _

from core.errors import PermissionRefused
from org.enums import Role
from org.models import User

OPERATORS = (Role.SYSTEM_ADMIN, Role.POST_LOAN_OFFICER)
WATCHERS = (*OPERATORS, Role.AUDITOR, Role.RISK_MANAGER)
AUDIT_READERS = (Role.AUDITOR, Role.SECURITY_ADMIN)


def can_run_days(user: User) -> bool:
    """Start the daily run by hand; the schedule does it otherwise."""
    return user.is_active and user.has_role(*OPERATORS)


def can_see_runs(user: User) -> bool:
    """The monitor of the daily run; it shows counts, no customer."""
    return user.is_active and user.has_role(*WATCHERS)


def can_read_audit(user: User) -> bool:
    """The audit trail of everybody; a superuser flag opens nothing here."""
    return user.is_active and user.has_role(*AUDIT_READERS)


def require_watch(user: User) -> None:
    if not can_see_runs(user):
        raise PermissionRefused("not_operating", _("This page is for those who run the product."))


def require_run(user: User) -> None:
    if not can_run_days(user):
        raise PermissionRefused(
            "not_operating", _("Only an administrator or the post-loan office may do this.")
        )


def require_audit(user: User) -> None:
    if not can_read_audit(user):
        raise PermissionRefused("no_audit", _("The audit trail is for auditors and security administrators."))
