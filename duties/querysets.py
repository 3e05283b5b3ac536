"""Reads over duties; every screen, export and API goes through ``visible_to``."""

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q

from duties.enums import DutyState
from org.querysets import scope_of

if TYPE_CHECKING:
    from org.querysets import Reader


class DutyQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: "Reader") -> "DutyQuerySet":
        return self.filter(scope_of(user).q(branch="branch", owner="owner"))

    def open(self) -> "DutyQuerySet":
        return self.filter(state=DutyState.OPEN)

    def overdue(self, today: dt.date) -> "DutyQuerySet":
        """Open past the last day still on time."""
        return self.open().filter(due_on__lt=today)

    def as_of(self, date: dt.date) -> "DutyQuerySet":
        """Rows that existed at the close of ``date`` (a row exists from its ``opens_on``)."""
        return self.filter(opens_on__lte=date)

    def open_as_of(self, date: dt.date) -> "DutyQuerySet":
        return self.as_of(date).filter(Q(closed_on__isnull=True) | Q(closed_on__gt=date))
