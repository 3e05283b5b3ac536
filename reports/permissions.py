"""Who sees the team's work, and who sees customers at all."""

from django.utils.translation import gettext as _

from core.errors import PermissionRefused
from loans.permissions import can_read_portfolio
from org.enums import BRANCH_READERS, Role
from org.models import User
from org.permissions import reads_branches


def sees_work(user: User) -> bool:
    """Duties name customers, so that a system administrator has another home page."""
    return can_read_portfolio(user)


def sees_team(user: User) -> bool:
    """Other people's duties: whoever reads a whole branch."""
    return reads_branches(user)


def acts_on_duties(user: User) -> bool:
    """Whether the list offers acts at all; each act asks again for its duty. An auditor only reads."""
    return user.has_role(Role.RELATIONSHIP_MANAGER, *BRANCH_READERS)


def sees_operation(user: User) -> bool:
    """Runs, deliveries and people at a glance: the home page of whoever runs the product."""
    return user.has_role(Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN)


def sees_portfolio(user: User) -> bool:
    """Figures of whole branches: whoever reads a whole branch; a relationship manager has the lists."""
    return user.is_active and reads_branches(user)


def require_summary(user: User) -> None:
    if not sees_portfolio(user):
        raise PermissionRefused("no_summary", _("Your roles do not include the figures of a branch."))
