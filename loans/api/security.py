"""What secures loans, and the dated classes and regimes, by the API."""

from collections.abc import Mapping, Sequence
from typing import Any

from rest_framework import serializers

from core.api.rows import ApiRequest, Built, Row, text
from loans.api.portfolio import PortfolioResource
from loans.filters import (
    CollateralFilter,
    GuaranteeFilter,
    HistoryFilter,
)
from loans.models import (
    Collateral,
    CollateralLoan,
    Guarantee,
    Loan,
    LoanClassification,
    LoanRegime,
)


class GuaranteeRow(Row):
    """One guarantor's undertaking for one loan."""

    loan_no = text("loan.loan_no")

    personal = {"phone": "phone"}

    class Meta:
        model = Guarantee
        fields = (
            "loan_no",
            "guarantor_no",
            "name",
            "guarantor_type",
            "liability",
            "amount",
            "period_ends_on",
            "expires_on",
            "phone",
            "address",
            "updated_at",
        )


class GuaranteeResource(PortfolioResource):
    """Guarantees."""

    name = "guarantees"
    row = GuaranteeRow
    key = ("loan_no", "guarantor_no")
    filterset = GuaranteeFilter
    updated = "updated_at"
    about = "Guarantees"


class CollateralRow(Row):
    """A piece of collateral; it may secure several loans."""

    loans = serializers.ListField(
        child=serializers.CharField(),
        help_text="Numbers of the loans it secures, as far as the reader sees them.",
    )

    attached = ("loans",)

    class Meta:
        model = Collateral
        fields = (
            "collateral_no",
            "loans",
            "kind",
            "description",
            "owner_name",
            "appraised_value",
            "appraised_on",
            "max_ltv_pct",
            "insured_until",
            "insurer",
            "beneficiary",
            "last_checked_on",
            "updated_at",
        )


class CollateralResource(PortfolioResource):
    """Collateral."""

    name = "collaterals"
    row = CollateralRow
    key = ("collateral_no",)
    filterset = CollateralFilter
    updated = "updated_at"
    about = "Collateral"

    def attach(self, rows: Mapping[Any, Built], names: Sequence[str], request: ApiRequest) -> None:
        links = CollateralLoan.objects.filter(
            collateral__in=rows, loan__in=Loan.objects.visible_to(request.user).order_by().values("pk")
        )
        for record in rows.values():
            record["loans"] = []
        for pk, loan_no in links.order_by("loan__loan_no").values_list("collateral", "loan__loan_no"):
            rows[pk]["loans"].append(loan_no)


class ClassificationRow(Row):
    """A delivered or approved class from a date on."""

    loan_no = text("loan.loan_no")

    class Meta:
        model = LoanClassification
        fields = ("loan_no", "effective_on", "classification", "reason", "source")


class ClassificationResource(PortfolioResource):
    """Delivered and approved classes by date; overdue floors are in the loan."""

    name = "classifications"
    row = ClassificationRow
    filterset = HistoryFilter
    about = "Delivered and approved classes of loans by date"


class RegimeRow(Row):
    """An inspection regime from a date on."""

    loan_no = text("loan.loan_no")

    class Meta:
        model = LoanRegime
        fields = ("loan_no", "effective_on", "regime", "source")


class RegimeResource(PortfolioResource):
    """Inspection regimes by date."""

    name = "regimes"
    row = RegimeRow
    filterset = HistoryFilter
    about = "Inspection regimes of loans by date"
