"""Reads over people and branches."""

import datetime as dt
from collections.abc import Collection, Mapping

from django.db.models import Q, QuerySet

from core.paging import KeysetPage, Order, keyset_page
from org.models import API_PREFIX, ApiClient, Branch, User


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


CLIENTS_SHOWN = 30


def client_page(params: Mapping[str, str]) -> KeysetPage:
    """A page of API clients, the newest first; one query."""
    rows = ApiClient.objects.select_related("branch")
    return keyset_page(rows, Order("pk", descending=True), params, CLIENTS_SHOWN)


def client_by_digest(digest: str) -> ApiClient | None:
    return ApiClient.objects.select_related("branch").filter(digest=digest).first()


def actor_named(number: str) -> User | ApiClient | None:
    """The person, or the other system, that a record names by number."""
    if number.startswith(API_PREFIX):
        return ApiClient.objects.filter(pk__in=_client_ids([number])).select_related("branch").first()
    return User.objects.filter(employee_no=number).select_related("branch").first()


def actor_names(numbers: Collection[str]) -> dict[str, str]:
    """Names of people and other systems by number; a query for each of the two, none for none."""
    names: dict[str, str] = {}
    if people := [number for number in numbers if not number.startswith(API_PREFIX)]:
        names |= dict(User.objects.filter(employee_no__in=people).values_list("employee_no", "name"))
    if clients := _client_ids(numbers):
        rows = ApiClient.objects.filter(pk__in=clients).values_list("pk", "name")
        names |= {f"{API_PREFIX}{pk}": name for pk, name in rows}
    return names


def _client_ids(numbers: Collection[str]) -> list[int]:
    tails = (number.removeprefix(API_PREFIX) for number in numbers if number.startswith(API_PREFIX))
    return [int(tail) for tail in tails if tail.isascii() and tail.isdigit()]
