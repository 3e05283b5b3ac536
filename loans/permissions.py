"""Who sees customers, reveals their numbers, and handles deliveries."""

from django.utils.translation import gettext as _

from core.errors import PermissionRefused
from loans.models import Borrower, Delivery
from org.enums import BRANCH_READERS, EVERYTHING_READERS, ApiScope, Role
from org.models import ApiClient, User

PORTFOLIO_READERS = (Role.RELATIONSHIP_MANAGER, *BRANCH_READERS, *EVERYTHING_READERS)
IMPORTERS = (Role.SYSTEM_ADMIN, Role.CREDIT_EXECUTION, Role.POST_LOAN_OFFICER)
IMPORT_WATCHERS = (*IMPORTERS, Role.AUDITOR, Role.RISK_MANAGER)


def can_read_portfolio(user: User) -> bool:
    """Borrowers and loans at all; which ones, says the row scope. A system administrator sees none."""
    return user.is_active and user.has_role(*PORTFOLIO_READERS)


def require_portfolio(user: User) -> None:
    if not can_read_portfolio(user):
        raise PermissionRefused("no_portfolio", _("Your roles do not include customer data."))


def can_reveal(user: User, borrower: Borrower) -> bool:
    """Seeing a masked number in full: whoever sees the borrower (and says why)."""
    return can_read_portfolio(user) and Borrower.objects.visible_to(user).filter(pk=borrower.pk).exists()


def require_reveal(user: User, borrower: Borrower) -> None:
    if not can_reveal(user, borrower):
        raise PermissionRefused("no_reveal", _("You may not see this number in full."))


def can_import(user: User | ApiClient) -> bool:
    """Deliveries of the core system: the system administrator, credit execution, the post-loan officer.

    Another system does so with the scope for it.
    """
    if isinstance(user, ApiClient):
        return user.may(ApiScope.DELIVERIES_WRITE)
    return user.is_active and user.has_role(*IMPORTERS)


def can_see_imports(user: User) -> bool:
    """The import pages with their figures; what was rejected shows customers, see ``can_see_rejects``."""
    return user.is_active and user.has_role(*IMPORT_WATCHERS)


def can_see_rejects(user: User | ApiClient, uploaded_by: str) -> bool:
    """Values and rows that were rejected, whatever branch they belong to.

    Whoever uploaded the delivery; the auditor; of the others who import those of the whole bank.
    """
    if user.has_role(Role.AUDITOR):
        return user.is_active
    own = bool(uploaded_by) and uploaded_by == user.employee_no
    return can_import(user) and (own or user.branch is None or user.branch.parent_id is None)


def require_import(user: User | ApiClient) -> None:
    if not can_import(user):
        raise PermissionRefused("not_importer", _("Your roles do not include importing deliveries."))


def require_imports_view(user: User) -> None:
    if not can_see_imports(user):
        raise PermissionRefused("no_imports", _("Your roles do not include the import pages."))


def require_rejects(user: User, delivery: Delivery) -> None:
    if not can_see_rejects(user, delivery.received_by):
        raise PermissionRefused(
            "no_rejects", _("Rejected rows show customers; your roles do not include them.")
        )
