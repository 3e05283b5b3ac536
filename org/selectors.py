"""Reads over people and branches."""

import datetime as dt

from django.db.models import Q, QuerySet

from org.models import Branch, User


def delegators_of(user: User, on: dt.date) -> list[User]:
    """The active people for whom the user acts on a date, by employee number."""
    return list(
        User.objects.filter(
            Q(delegations_given__revoked_on__isnull=True) | Q(delegations_given__revoked_on__gt=on),
            is_active=True,
            delegations_given__delegate=user,
            delegations_given__from_on__lte=on,
            delegations_given__to_on__gte=on,
        )
        .select_related("branch")
        .order_by("employee_no")
        .distinct()
    )


def head_office() -> Branch | None:
    """The root of the branch tree; None before the first branches arrived."""
    return Branch.objects.filter(parent__isnull=True).order_by("branch_no").first()


def branch_choices(user: User) -> list[tuple[str, str]]:
    """Number and name of the branches a user sees, indented by their depth; one query."""
    rows = Branch.objects.visible_to(user).order_by("path").values_list("branch_no", "name", "path")
    return [(number, "\u3000" * (path.count("/") - 2) + name) for number, name, path in rows]


def branches_below(branch_no: str) -> QuerySet[Branch, int]:
    """Ids of a branch and of everything below it, as a subquery; none for an unknown number."""
    top = Branch.objects.filter(branch_no=branch_no).values_list("path", flat=True).first()
    return Branch.objects.filter(path__startswith=top or "-").order_by().values_list("pk", flat=True)
