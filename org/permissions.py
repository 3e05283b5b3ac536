"""Who may change branches, people and reference data."""

from django.utils.translation import gettext as _

from core.errors import PermissionRefused
from org.enums import BRANCH_READERS, EVERYTHING_READERS, Role
from org.models import ApiClient, User


def can_administer(user: User) -> bool:
    """People, branches, calendar, parameters: the system administrator (rule book, section 6)."""
    return user.is_active and (user.is_superuser or user.has_role(Role.SYSTEM_ADMIN))


def can_delegate(user: User, delegator: User) -> bool:
    """A person names the own deputy; an administrator does it for somebody who is away."""
    return user.is_active and (user.pk == delegator.pk or can_administer(user))


def can_manage_clients(user: User) -> bool:
    """Tokens of other systems: the security administrator alone, who reads no customers."""
    return user.is_active and user.has_role(Role.SECURITY_ADMIN)


def require_clients(user: User) -> None:
    if not can_manage_clients(user):
        raise PermissionRefused("no_clients", _("Interfaces are kept by the security administrator."))


def require_administration(user: User) -> None:
    if not can_administer(user):
        raise PermissionRefused("not_administrator", _("Only a system administrator may do this."))


def require_delegation(user: User, delegator: User) -> None:
    if not can_delegate(user, delegator):
        raise PermissionRefused(
            "not_own_delegation", _("Only the person or a system administrator may do this.")
        )


def reads_branches(user: User | ApiClient) -> bool:
    """Whether the reader reads the rows of whole branches, not only the own ones."""
    return user.is_system or user.has_role(*BRANCH_READERS, *EVERYTHING_READERS)
