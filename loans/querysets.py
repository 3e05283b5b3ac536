"""Row scope and states of loans and their facts."""

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q

from core.functions import OneOf
from loans.enums import Classification
from org.querysets import scope_of

if TYPE_CHECKING:
    from org.querysets import Reader


class BorrowerQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: "Reader") -> "BorrowerQuerySet":
        return self.filter(scope_of(user).q(branch="branch", owner="officer"))


class LoanQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: "Reader") -> "LoanQuerySet":
        """A relationship manager sees the loans of own borrowers and own loans."""
        scope = scope_of(user)
        visible = scope.q(branch="branch", owner="officer")
        if scope.owner_id is not None:
            own = self.model._meta.get_field("borrower").related_model.objects.filter(officer=scope.owner_id)
            # Not a join: the OR of three indexes is what makes the list of one officer quick.
            visible |= Q(OneOf("borrower_id", own.order_by().values("pk")))
        return self.filter(visible)

    def outstanding(self, as_of: dt.date) -> "LoanQuerySet":
        """Disbursed and not settled, written off or at balance 0 at the close of ``as_of``."""
        return self.filter(disbursed_on__lte=as_of).filter(Q(ended_on__isnull=True) | Q(ended_on__gt=as_of))

    def past_due(self, as_of: dt.date) -> "LoanQuerySet":
        """Outstanding with something unpaid that was due before ``as_of`` (DPD of at least 1).

        Naming every floor lets the index on (floor, oldest unpaid due date) find them.
        """
        return self.filter(
            ended_on__isnull=True, floor_class__in=Classification.values, oldest_unpaid_due_on__lt=as_of
        )


class LoanFactQuerySet(models.QuerySet[Any]):
    """Rows that hang on a loan: instalments, repayments, guarantees, histories."""

    def visible_to(self, user: "Reader") -> "LoanFactQuerySet":
        scope = scope_of(user)
        visible = scope.q(branch="loan__branch", owner="loan__officer")
        if scope.owner_id is not None:
            visible |= Q(loan__borrower__officer=scope.owner_id)
        return self.filter(visible)


class OwnedQuerySet(models.QuerySet[Any]):
    """Rows that hang on a borrower: flows, financials, indicators."""

    def visible_to(self, user: "Reader") -> "OwnedQuerySet":
        return self.filter(scope_of(user).q(branch="borrower__branch", owner="borrower__officer"))


class GroupQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: "Reader") -> "GroupQuerySet":
        scope = scope_of(user)
        if scope.everything:
            return self
        visible = scope.q(branch="borrowers__branch", owner="borrowers__officer")
        if scope.branch_ids:
            visible |= Q(lead_branch__in=scope.branch_ids)
        return self.filter(visible).distinct()


class CollateralQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: "Reader") -> "CollateralQuerySet":
        """Through any loan that it secures."""
        if scope_of(user).everything:
            return self
        loans = self.model._meta.get_field("loans").related_model.objects.visible_to(user)
        links = self.model._meta.get_field("links").related_model.objects
        return self.filter(pk__in=links.filter(loan__in=loans.order_by().values("pk")).values("collateral"))
