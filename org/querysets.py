"""Branch scope: which branches a user sees. The other apps' ``visible_to`` build on it."""

from typing import TYPE_CHECKING, Any, TypeAlias

from django.db import models
from django.db.models import F, Q, Value

from org.enums import BRANCH_READERS, EVERYTHING_READERS

if TYPE_CHECKING:
    from org.models import ApiClient, Branch, User

    Reader: TypeAlias = User | ApiClient


class BranchQuerySet(models.QuerySet[Any]):
    def subtree_of(self, branch: Any) -> "BranchQuerySet":
        return self.filter(path__startswith=branch.path)

    def above(self, branch: Any) -> "BranchQuerySet":
        """The branch itself and all branches above it, nearest last."""
        return self.alias(needle=Value(branch.path)).filter(needle__startswith=F("path")).order_by("path")

    def visible_to(self, user: "Reader") -> "BranchQuerySet":
        if user.has_role(*EVERYTHING_READERS):
            return self
        if user.branch is None:
            return self.none()
        return self.subtree_of(user.branch)


class Scope:
    """What a user may see of business rows, resolved once per request.

    ``everything``: no filter. ``branch_ids``: whole branches. ``owner_id``: rows of this person only
    (a relationship manager sees own borrowers, whatever the branch).
    """

    def __init__(
        self, *, everything: bool = False, branch_ids: tuple[int, ...] = (), owner_id: int | None = None
    ) -> None:
        self.everything = everything
        self.branch_ids = branch_ids
        self.owner_id = owner_id

    def q(self, *, branch: str, owner: str | None) -> Q:
        """The filter over the given lookups, e.g. ``q(branch="branch", owner="officer")``."""
        if self.everything:
            return Q()
        nothing = Q(pk__in=[])
        condition = Q(**{f"{branch}__in": self.branch_ids}) if self.branch_ids else nothing
        if owner and self.owner_id is not None:
            condition |= Q(**{owner: self.owner_id})
        return condition


def scope_of(user: "Reader") -> Scope:
    """The row scope of a reader (rule book section 6): own, branch subtree, or everything.

    A system administrator sees no customer data at all; another system sees its branch with everything
    below. The result is kept on the reader, who lives as long as the request.
    """
    if not hasattr(user, "_scope"):
        user._scope = _resolve(user)  # type: ignore[union-attr]
    return user._scope  # type: ignore[union-attr]


def _resolve(user: "Reader") -> Scope:
    if not user.is_authenticated or not user.is_active:
        return Scope()
    owner_id = None if user.is_system else user.pk
    if user.has_role(*EVERYTHING_READERS):
        return Scope(everything=True)
    if (user.is_system or user.has_role(*BRANCH_READERS)) and user.branch is not None:
        return _below(user.branch, owner_id)
    return Scope(owner_id=owner_id)


def _below(branch: "Branch", owner_id: int | None) -> Scope:
    if branch.parent_id is None:
        return Scope(everything=True)
    branches = type(branch).objects.subtree_of(branch)
    return Scope(branch_ids=tuple(branches.values_list("pk", flat=True)), owner_id=owner_id)
