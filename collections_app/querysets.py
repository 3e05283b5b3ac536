"""Row scope and states of notices."""

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q

from collections_app.enums import CHASED, NoticeState
from org.querysets import scope_of

if TYPE_CHECKING:
    from org.models import User


class NoticeQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: "User") -> "NoticeQuerySet":
        """A relationship manager sees the own letters and those of own borrowers."""
        scope = scope_of(user)
        visible = scope.q(branch="branch", owner="owner")
        if scope.owner_id is not None:
            visible |= Q(borrower__officer=scope.owner_id)
        return self.filter(visible)

    def standing(self) -> "NoticeQuerySet":
        """Every letter that was not voided; a duty has one at most."""
        return self.exclude(state=NoticeState.VOID)

    def unsent(self) -> "NoticeQuerySet":
        return self.filter(state=NoticeState.ISSUED)

    def to_chase(self, today: dt.date) -> "NoticeQuerySet":
        """Sent so long ago that the receipt should be back, and it is not, or lacks the seal."""
        return self.filter(receipt_due_on__lte=today, receipt_complete=False, state__in=sorted(CHASED))


class BatchQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: "User") -> "BatchQuerySet":
        return self.filter(scope_of(user).q(branch="branch", owner="created_by"))
