"""Filters of borrowers and loans, for the lists and the API alike."""

import datetime as dt
from functools import cache, partial
from typing import Any

import django_filters as filters
from django.db.models import Q, QuerySet
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _

from core.forms import DateInput, HouseForm, QuickSelect
from loans.enums import (
    NON_PERFORMING,
    BorrowerType,
    Classification,
    CollateralKind,
    DeliveryState,
    GuaranteeType,
    Regime,
    Segment,
)
from loans.models import Borrower, Collateral, Delivery, Loan
from loans.querysets import LoanQuerySet
from loans.rules.overdue import BUCKET_DAYS, BUCKETS
from loans.selectors.security import main_security
from org.models import User
from org.permissions import reads_branches
from org.selectors import branch_choices, branches_below

FOUND_AT_MOST = 500
ANY_OVERDUE, LONG_OVERDUE = "any", "over90"
BAD = "npl"
CLASS_CHOICES = [*Classification.choices, (BAD, _("non-performing"))]
BUCKET_CHOICES = [
    (ANY_OVERDUE, _("any overdue")),
    *((b, b) for b in BUCKETS),
    (LONG_OVERDUE, _("more than 90 days")),
]
ENDED, ALL = "ended", "all"
ALL_LABEL = _("All")


def named(text: str) -> Q:
    """A part of a name. Only Latin letters have cases, and folding them costs a pass over every name."""
    return Q(name__icontains=text) if text.isascii() else Q(name__contains=text)


def find_borrowers(user: User, text: str, *, by_loan: bool = True) -> QuerySet[Borrower]:
    """Borrowers of the user's scope by a part of the name, or exactly by number, loan or credit code.

    Four digits and more also find the end of a phone number. ``by_loan`` False leaves loan numbers out.
    """
    text = text.strip()
    match = named(text) | Q(borrower_no=text) | Q(id_no=text.upper())
    if by_loan:
        match |= Q(pk__in=Loan.objects.filter(loan_no=text).values("borrower"))
    if text.isdigit() and len(text) >= 4:
        match |= Q(phone__endswith=text)
    return Borrower.objects.visible_to(user).filter(match)


def in_bucket(loans: LoanQuerySet, bucket: str, closed: dt.date) -> LoanQuerySet:
    """Loans whose oldest unpaid due date lies in a bucket at the close of a day."""
    position = BUCKETS.index(bucket)
    if position == 0:
        current = Q(oldest_unpaid_due_on__isnull=True) | Q(oldest_unpaid_due_on__gte=closed)
        return loans.filter(current)
    newest = closed - dt.timedelta(days=BUCKET_DAYS[position - 1] + 1)
    found = loans.past_due(closed).filter(oldest_unpaid_due_on__lte=newest)
    if position < len(BUCKET_DAYS):
        found = found.filter(oldest_unpaid_due_on__gte=closed - dt.timedelta(days=BUCKET_DAYS[position]))
    return found


class ScopedFilter(filters.FilterSet):
    """A filter that knows who reads; people who see one portfolio are not offered branches."""

    branch = filters.ChoiceFilter(
        label=_("Branch"), empty_label=ALL_LABEL, method="filter_branch", widget=QuickSelect
    )

    filters: dict[str, filters.Filter]
    branch_path = "branch"
    order: tuple[str, ...] = ()
    main: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if reads_branches(self.user):
            # Read when the form is shown or checked, which a list without this filter never does.
            self.filters["branch"].extra["choices"] = cache(partial(branch_choices, self.user))
        else:
            del self.filters["branch"]
        self.filters = {name: self.filters[name] for name in self.order if name in self.filters}

    @property
    def user(self) -> User:
        user: User = self.request.user
        return user

    @property
    def active(self) -> bool:
        """Whether anything is filtered, so that an empty list can say so."""
        return self.is_bound and any(self.data.get(name) for name in self.filters)

    def main_fields(self) -> list[BoundField]:
        """The fields that always show; without ``main`` all of them."""
        return [field for field in self.form if not self.main or field.name in self.main]

    def more_fields(self) -> list[BoundField]:
        """The fields that show on demand, and whenever they filter."""
        return [field for field in self.form if self.main and field.name not in self.main]

    @property
    def shows_more(self) -> bool:
        return self.is_bound and any(self.data.get(name) for name in self.filters if name not in self.main)

    def filter_branch(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """The branch with everything below it."""
        return rows.filter(**{f"{self.branch_path}__in": branches_below(value)})


class BorrowerFilter(ScopedFilter):
    """Filters of the borrower list."""

    q = filters.CharFilter(
        label=_("Name, number, credit code, end of phone"), method="filter_text", max_length=60
    )
    borrower_type = filters.ChoiceFilter(label=_("Type"), choices=BorrowerType.choices, empty_label=ALL_LABEL)
    segment = filters.ChoiceFilter(label=_("Segment"), choices=Segment.choices, empty_label=ALL_LABEL)

    class Meta:
        model = Borrower
        fields: list[str] = []
        form = HouseForm

    order = ("q", "borrower_type", "segment", "branch")

    def filter_text(self, rows: QuerySet[Borrower], name: str, value: str) -> QuerySet[Borrower]:
        found = find_borrowers(self.user, value).order_by()
        return rows.filter(pk__in=list(found.values_list("pk", flat=True)[:FOUND_AT_MOST]))


class LoanFilter(ScopedFilter):
    """Filters of the loan list; without a state only running loans."""

    q = filters.CharFilter(
        label=_("Loan no., borrower, credit code, end of phone"), method="filter_text", max_length=60
    )
    cls = filters.ChoiceFilter(
        label=_("Class"), choices=CLASS_CHOICES, empty_label=ALL_LABEL, method="filter_class"
    )
    bucket = filters.ChoiceFilter(
        label=_("Overdue"), choices=BUCKET_CHOICES, empty_label=ALL_LABEL, method="filter_bucket"
    )
    regime = filters.ChoiceFilter(label=_("Regime"), choices=Regime.choices, empty_label=ALL_LABEL)
    matures_from = filters.DateFilter(
        label=_("Matures from"), field_name="matures_on", lookup_expr="gte", widget=DateInput
    )
    matures_to = filters.DateFilter(
        label=_("Matures until"), field_name="matures_on", lookup_expr="lte", widget=DateInput
    )
    product = filters.CharFilter(label=_("Product"), field_name="product", max_length=60)
    industry = filters.CharFilter(label=_("Industry"), field_name="borrower__industry", max_length=120)
    officer = filters.CharFilter(
        label=_("Officer (number)"), field_name="officer__employee_no", max_length=32
    )
    guarantee = filters.ChoiceFilter(
        label=_("Guarantee type"),
        choices=GuaranteeType.choices,
        empty_label=ALL_LABEL,
        method="filter_guarantee",
    )
    currency = filters.CharFilter(label=_("Currency"), field_name="currency", max_length=3)
    state = filters.ChoiceFilter(
        label=_("State"),
        choices=[(ENDED, _("Ended")), (ALL, _("All"))],
        empty_label=_("Running"),
        method="filter_nothing",
    )

    class Meta:
        model = Loan
        fields: list[str] = []
        form = HouseForm

    order = (
        "q",
        "cls",
        "bucket",
        "regime",
        "state",
        "branch",
        "matures_from",
        "matures_to",
        "product",
        "industry",
        "guarantee",
        "officer",
        "currency",
    )
    main = ("q", "cls", "bucket", "regime", "state", "branch")

    def __init__(self, *args: Any, closed: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.closed = closed

    @property
    def qs(self) -> QuerySet[Loan]:
        rows: QuerySet[Loan] = super().qs
        state = self.data.get("state", "") if self.is_bound else ""
        if state == ALL:
            return rows
        return rows.filter(ended_on__isnull=False) if state == ENDED else self.unfiltered(rows)

    @staticmethod
    def unfiltered(rows: QuerySet[Loan]) -> QuerySet[Loan]:
        """What shows when nothing is asked for: running loans."""
        return rows.filter(ended_on__isnull=True)

    def filter_nothing(self, rows: QuerySet[Loan], name: str, value: str) -> QuerySet[Loan]:
        """The state is applied in ``qs``, because none given means running."""
        return rows

    def filter_text(self, rows: QuerySet[Loan], name: str, value: str) -> QuerySet[Loan]:
        found = find_borrowers(self.user, value, by_loan=False).order_by()
        # Looked up first: with the numbers at hand the lists come from their indexes.
        numbers = list(found.values_list("pk", flat=True)[:FOUND_AT_MOST])
        return rows.filter(Q(loan_no=value.strip()) | Q(borrower__in=numbers))

    def filter_guarantee(self, rows: QuerySet[Loan], name: str, value: str) -> QuerySet[Loan]:
        return rows.alias(security=main_security()).filter(security=value)

    def filter_class(self, rows: QuerySet[Loan], name: str, value: str) -> QuerySet[Loan]:
        return rows.filter(classification__in=NON_PERFORMING if value == BAD else [value])

    def filter_bucket(self, rows: LoanQuerySet, name: str, value: str) -> QuerySet[Loan]:
        if value == ANY_OVERDUE:
            return rows.past_due(self.closed)
        if value == LONG_OVERDUE:
            over = self.closed - dt.timedelta(days=BUCKET_DAYS[3])
            return rows.past_due(self.closed).filter(oldest_unpaid_due_on__lt=over)
        return in_bucket(rows, value, self.closed)


class FactFilter(ScopedFilter):
    """Filters of rows that hang on a loan."""

    loan_no = filters.CharFilter(label=_("Loan no."), field_name="loan__loan_no", max_length=64)
    borrower_no = filters.CharFilter(
        label=_("Borrower no."), field_name="loan__borrower__borrower_no", max_length=64
    )

    class Meta:
        model = Loan
        fields: list[str] = []
        form = HouseForm

    branch_path = "loan__branch"
    order: tuple[str, ...] = ("loan_no", "borrower_no", "branch")


class GuaranteeFilter(FactFilter):
    """Filters of guarantees."""

    guarantor_no = filters.CharFilter(label=_("Guarantor no."), max_length=64)
    expires_to = filters.DateFilter(
        label=_("Period ends until"), field_name="expires_on", lookup_expr="lte", widget=DateInput
    )

    order = (*FactFilter.order, "guarantor_no", "expires_to")


class HistoryFilter(FactFilter):
    """Filters of dated classes and regimes."""

    effective_from = filters.DateFilter(
        label=_("Effective from"), field_name="effective_on", lookup_expr="gte", widget=DateInput
    )
    effective_to = filters.DateFilter(
        label=_("Effective until"), field_name="effective_on", lookup_expr="lte", widget=DateInput
    )

    order = (*FactFilter.order, "effective_from", "effective_to")


class CollateralFilter(filters.FilterSet):
    """Filters of collateral, which hangs on several loans."""

    loan_no = filters.CharFilter(label=_("Loan no."), field_name="loans__loan_no", max_length=64)
    kind = filters.ChoiceFilter(label=_("Kind"), choices=CollateralKind.choices)
    insured_to = filters.DateFilter(
        label=_("Insured until"), field_name="insured_until", lookup_expr="lte", widget=DateInput
    )

    class Meta:
        model = Collateral
        fields: list[str] = []
        form = HouseForm


class DeliveryFilter(filters.FilterSet):
    """Filters of deliveries."""

    state = filters.ChoiceFilter(label=_("State"), choices=DeliveryState.choices)
    business_date = filters.DateFilter(label=_("Date"), widget=DateInput)

    class Meta:
        model = Delivery
        fields: list[str] = []
        form = HouseForm
