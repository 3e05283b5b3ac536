"""Row scope of inspection reports, activities and work logs."""

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q

from org.querysets import scope_of

if TYPE_CHECKING:
    from org.querysets import Reader


class ActivityQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: "Reader") -> "ActivityQuerySet":
        return self.filter(_of_own_borrowers(user, "owner"))


class WorkLogQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: "Reader") -> "WorkLogQuerySet":
        return self.filter(_of_own_borrowers(user, "author"))


class ReportQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: "Reader") -> "ReportQuerySet":
        return self.filter(_of_own_borrowers(user, "author"))


def _of_own_borrowers(user: "Reader", owner: str) -> Q:
    """A relationship manager sees the own records and those about own borrowers."""
    scope = scope_of(user)
    visible = scope.q(branch="branch", owner=owner)
    if scope.owner_id is not None:
        visible |= Q(borrower__officer=scope.owner_id)
    return visible
