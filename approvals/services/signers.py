"""Who is asked first to sign a step. Anyone else who holds the role in scope may sign as well."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from approvals.models import RouteStep
from org.enums import BANK_WIDE
from org.models import Branch, RoleHolder, User


@dataclass(frozen=True)
class Signer:
    """The owner of a signing duty; a substitute holds none of the step's roles."""

    user: User
    is_substitute: bool = False


def find_signer(step: RouteStep, branch: Branch, *, excluded: Collection[int]) -> Signer | None:
    """The nearest other person for a step, from the branch upwards; None when there is none.

    In one branch the step's role comes before its alternate, then the lowest employee number. Where nobody
    holds either, the supervisor stands in.
    """
    holders = _holders(step, branch).exclude(pk__in=excluded).select_related("branch").distinct()
    best = min(holders, key=lambda user: _rank(user, step), default=None)
    return Signer(best) if best else _substitute(step, branch, excluded)


def _holders(step: RouteStep, branch: Branch) -> QuerySet[User]:
    roles = [role for role in (step.role, step.alternate_role) if role]
    nearby = Q(branch__in=Branch.objects.above(branch).order_by().values("pk"))
    of_the_bank = Q(role_assignments__role__in=BANK_WIDE)
    return User.objects.filter(nearby | of_the_bank, is_active=True, role_assignments__role__in=roles)


def _rank(user: User, step: RouteStep) -> tuple[int, bool, str]:
    depth = len(user.branch.path) if user.branch else 0
    return (-depth, not user.has_role(step.role), user.employee_no)


def _substitute(step: RouteStep, branch: Branch, excluded: Collection[int]) -> Signer | None:
    row = (
        RoleHolder.objects.filter(role=step.role, branch=branch, is_substitute=True)
        .exclude(user__in=excluded)
        .select_related("user")
        .first()
    )
    return Signer(row.user, is_substitute=True) if row else None
