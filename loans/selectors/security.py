"""What secures a loan in the main."""

from django.db.models import Case, CharField, Exists, OuterRef, Value, When

from loans.enums import CollateralKind, GuaranteeType
from loans.models import CollateralLoan, Guarantee

PLEDGED = (CollateralKind.RECEIVABLE, CollateralKind.EQUITY, CollateralKind.DEPOSIT)


def main_security() -> Case:
    """The guarantee type of each loan of a queryset, as an expression."""
    linked = CollateralLoan.objects.filter(loan=OuterRef("pk"))
    return Case(
        When(Exists(linked.exclude(collateral__kind__in=PLEDGED)), then=Value(GuaranteeType.MORTGAGE)),
        When(Exists(linked), then=Value(GuaranteeType.PLEDGE)),
        When(Exists(Guarantee.objects.filter(loan=OuterRef("pk"))), then=Value(GuaranteeType.GUARANTEED)),
        default=Value(GuaranteeType.UNSECURED),
        output_field=CharField(),
    )
