"""Borrowers, groups and loans by the API."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.http import Http404
from rest_framework import serializers

from core.api.rows import ApiRequest, Computed, Row, text
from core.workplace import workplace
from loans.filters import (
    BorrowerFilter,
    LoanFilter,
)
from loans.models import (
    Borrower,
    BorrowerGroup,
    Instalment,
    Loan,
    Repayment,
)
from loans.permissions import can_read_portfolio
from loans.rules.overdue import bucket, days_past_due
from org.api import ScopedResource
from org.enums import ApiScope


class PortfolioResource(ScopedResource):
    """Customer data: the scope of systems, the roles of people, and the rows in the reader's branches."""

    scope = ApiScope.PORTFOLIO_READ
    person_may = staticmethod(can_read_portfolio)

    def rows(self, request: ApiRequest, **named: str) -> Any:
        return self.model.objects.visible_to(request.user)


# --- borrowers and groups ------------------------------------------------------------------------
class BorrowerRow(Row):
    """A borrower."""

    group_no = text("group.group_no", allow_null=True)
    branch_no = text("branch.branch_no")
    officer_no = text("officer.employee_no", allow_null=True)

    personal = {"id_no": "id", "phone": "phone"}

    class Meta:
        model = Borrower
        fields = (
            "borrower_no",
            "name",
            "borrower_type",
            "segment",
            "id_no",
            "phone",
            "industry",
            "registered_address",
            "legal_representative",
            "group_no",
            "branch_no",
            "officer_no",
            "rating",
            "rated_on",
            "updated_at",
        )


class BorrowerResource(PortfolioResource):
    """Borrowers."""

    name = "borrowers"
    row = BorrowerRow
    key = ("borrower_no",)
    filterset = BorrowerFilter
    updated = "updated_at"
    about = "Borrowers"


class GroupRow(Row):
    """A group of borrowers."""

    lead_branch_no = text("lead_branch.branch_no", allow_null=True)

    class Meta:
        model = BorrowerGroup
        fields = ("group_no", "name", "lead_branch_no")


class GroupResource(PortfolioResource):
    """Groups of borrowers."""

    name = "groups"
    row = GroupRow
    key = ("group_no",)
    about = "Groups of borrowers"


# --- loans -----------------------------------------------------------------------------------------
def _days(request: ApiRequest) -> Callable[[dt.date | None], int]:
    closed = workplace(request._request).closed
    return lambda due: days_past_due(due, closed)


def _bucket(request: ApiRequest) -> Callable[[dt.date | None], str]:
    days = _days(request)
    return lambda due: bucket(days(due))


class LoanRow(Row):
    """A loan with its figures as of the last closed day."""

    borrower_no = text("borrower.borrower_no")
    borrower_name = text("borrower.name")
    branch_no = text("branch.branch_no")
    officer_no = text("officer.employee_no", allow_null=True)
    days_past_due = serializers.IntegerField(help_text="At the close of the last closed day.")
    bucket = serializers.CharField(help_text="M0 to M6+, at the close of the last closed day.")

    computed = {
        "days_past_due": Computed(_days, ("oldest_unpaid_due_on",)),
        "bucket": Computed(_bucket, ("oldest_unpaid_due_on",)),
    }

    class Meta:
        model = Loan
        fields = (
            "loan_no",
            "contract_no",
            "borrower_no",
            "borrower_name",
            "branch_no",
            "officer_no",
            "product",
            "purpose",
            "currency",
            "principal",
            "balance",
            "disbursed_on",
            "matures_on",
            "original_matures_on",
            "annual_rate_pct",
            "repayment_method",
            "interest_cycle",
            "day_count",
            "regime",
            "classification",
            "approved_class",
            "floor_class",
            "oldest_unpaid_due_on",
            "days_past_due",
            "bucket",
            "is_renewal",
            "renewed_from_loan_no",
            "technical_overdue",
            "settled_on",
            "written_off_on",
            "written_off_amount",
            "transferred_on",
            "ended_on",
            "updated_at",
        )


class LoanResource(PortfolioResource):
    """Loans; only running ones unless ``state`` says otherwise."""

    name = "loans"
    row = LoanRow
    key = ("loan_no",)
    filterset = LoanFilter
    updated = "updated_at"
    about = "Loans (only running ones unless a state is given)"

    def filter_options(self, request: ApiRequest) -> dict[str, Any]:
        return {"closed": workplace(request._request).closed}


class OfLoan(PortfolioResource):
    """Rows of one loan, below its address."""

    tag = "loans"

    def rows(self, request: ApiRequest, **named: str) -> Any:
        loan = Loan.objects.visible_to(request.user).filter(loan_no=named["loan_no"])
        found = loan.values_list("pk", flat=True).first()
        if found is None:
            raise Http404
        return self.model.objects.filter(loan=found)


class InstalmentRow(Row):
    """One due date of a schedule and what was paid on it."""

    class Meta:
        model = Instalment
        fields = (
            "seq",
            "due_on",
            "principal_due",
            "interest_due",
            "principal_paid",
            "interest_paid",
            "paid_on",
        )


class InstalmentResource(OfLoan):
    """The schedule of a loan."""

    name = "instalments"
    path = "loans/<str:loan_no>/instalments/"
    row = InstalmentRow
    about = "Schedule of a loan"


class RepaymentRow(Row):
    """Money received."""

    class Meta:
        model = Repayment
        fields = ("repayment_no", "paid_on", "amount", "principal", "interest", "penalty", "channel")


class RepaymentResource(OfLoan):
    """Money received on a loan."""

    name = "repayments"
    path = "loans/<str:loan_no>/repayments/"
    row = RepaymentRow
    about = "Repayments of a loan"
