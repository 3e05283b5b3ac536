"""Filters of the workbench and of closed months; the names are the parameters of its address."""

from typing import Any

import django_filters as filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from core.forms import DateInput, HouseForm
from duties.enums import DutyState
from duties.handbook import GROUPS, group_codes
from duties.models import Duty
from loans.enums import NON_PERFORMING, Classification, GuaranteeType
from loans.filters import (
    ALL_LABEL,
    ANY_OVERDUE,
    BAD,
    BUCKET_CHOICES,
    CLASS_CHOICES,
    FOUND_AT_MOST,
    LONG_OVERDUE,
    ScopedFilter,
    find_borrowers,
)
from loans.models import Loan
from loans.rules.overdue import BUCKETS
from org.models import User
from org.permissions import reads_branches
from reports.models import LoanSnapshot

ALL_STATES = "all"
GROUP_CHOICES = [(key, title) for key, (title, _codes) in GROUPS.items()]


class WorkFilter(ScopedFilter):
    """Narrows the duties that a person sees."""

    q = filters.CharFilter(label=_("Borrower or loan"), method="filter_text", max_length=60)
    group = filters.ChoiceFilter(
        label=_("Kind of duty"), choices=GROUP_CHOICES, empty_label=ALL_LABEL, method="filter_group"
    )
    cls = filters.ChoiceFilter(
        label=_("Class of a loan"),
        choices=Classification.choices,
        empty_label=ALL_LABEL,
        method="filter_class",
    )
    state = filters.ChoiceFilter(
        label=_("State"),
        choices=[choice for choice in DutyState.choices if choice[0] != DutyState.OPEN],
        empty_label=_("Open"),
        method="filter_nothing",
    )
    due_from = filters.DateFilter(
        label=_("Due from"), field_name="due_on", lookup_expr="gte", widget=DateInput
    )
    due_to = filters.DateFilter(
        label=_("Due until"), field_name="due_on", lookup_expr="lte", widget=DateInput
    )
    owner = filters.CharFilter(label=_("Owner (number or name)"), method="filter_owner", max_length=60)

    class Meta:
        model = Duty
        fields: list[str] = []
        form = HouseForm

    order: tuple[str, ...] = ("q", "group", "cls", "state", "owner", "branch", "due_from", "due_to")
    main = ("q", "group", "cls", "state")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not reads_branches(self.user):
            del self.filters["owner"]

    @property
    def wanted_state(self) -> str:
        """The state asked for; open unless the address says otherwise."""
        chosen = self.data.get("state", "")
        return chosen if chosen in DutyState.values else str(DutyState.OPEN)

    def filter_nothing(self, duties: QuerySet[Duty], name: str, value: str) -> QuerySet[Duty]:
        """The state is applied by the selector, because it decides on order and index."""
        return duties

    def filter_group(self, duties: QuerySet[Duty], name: str, value: str) -> QuerySet[Duty]:
        return duties.filter(code__in=group_codes(value))

    def filter_class(self, duties: QuerySet[Duty], name: str, value: str) -> QuerySet[Duty]:
        """Borrowers that have a running loan of the class."""
        of_class = Loan.objects.filter(classification=value, ended_on__isnull=True).order_by()
        return duties.filter(borrower_no__in=of_class.values("borrower__borrower_no"))

    def filter_text(self, duties: QuerySet[Duty], name: str, value: str) -> QuerySet[Duty]:
        """Name of a borrower (any part), or a borrower's, loan's or other subject's number."""
        found = find_borrowers(self.user, value).order_by()
        # Looked up first: with the numbers at hand counts and list come from their indexes.
        numbers = list(found.values_list("borrower_no", flat=True)[:FOUND_AT_MOST])
        return duties.filter(Q(borrower_no__in=numbers) | Q(subject_no=value.strip()))

    def filter_owner(self, duties: QuerySet[Duty], name: str, value: str) -> QuerySet[Duty]:
        people = User.objects.filter(Q(employee_no=value.strip()) | Q(name__icontains=value.strip()))
        return duties.filter(owner__in=people.order_by().values("pk")[:FOUND_AT_MOST])


class DutyApiFilter(WorkFilter):
    """The same for the API, which also asks by code, for every state, and for what nobody has closed."""

    state = filters.ChoiceFilter(
        label=_("State"),
        choices=[*DutyState.choices, (ALL_STATES, ALL_LABEL)],
        empty_label=_("Open"),
        method="filter_nothing",
    )
    code = filters.CharFilter(label=_("Code"), max_length=32)
    borrower_no = filters.CharFilter(label=_("Borrower no."), max_length=64)

    order = (*WorkFilter.order, "code", "borrower_no")

    @property
    def qs(self) -> QuerySet[Duty]:
        rows: QuerySet[Duty] = super().qs
        if self.data.get("state") == ALL_STATES:
            return rows
        return rows.filter(state=self.wanted_state)

    @staticmethod
    def unfiltered(rows: QuerySet[Duty]) -> QuerySet[Duty]:
        """What shows when nothing is asked for: open duties."""
        return rows.filter(state=DutyState.OPEN)


class SnapshotFilter(ScopedFilter):
    """Filters of the loans of a closed month, with the names of the loan list's."""

    cls = filters.ChoiceFilter(
        label=_("Class"), choices=CLASS_CHOICES, empty_label=ALL_LABEL, method="filter_class"
    )
    bucket = filters.ChoiceFilter(
        label=_("Overdue"), choices=BUCKET_CHOICES, empty_label=ALL_LABEL, method="filter_bucket"
    )
    prev_cls = filters.ChoiceFilter(
        label=_("Class a month before"),
        field_name="prev_class",
        choices=Classification.choices,
        empty_label=ALL_LABEL,
    )
    matures_from = filters.DateFilter(
        label=_("Matures from"), field_name="matures_on", lookup_expr="gte", widget=DateInput
    )
    matures_to = filters.DateFilter(
        label=_("Matures until"), field_name="matures_on", lookup_expr="lte", widget=DateInput
    )
    product = filters.CharFilter(label=_("Product"), field_name="product", max_length=60)
    industry = filters.CharFilter(label=_("Industry"), field_name="industry", max_length=120)
    guarantee = filters.ChoiceFilter(
        label=_("Guarantee type"), choices=GuaranteeType.choices, empty_label=ALL_LABEL
    )
    officer = filters.CharFilter(label=_("Officer (number)"), field_name="officer_no", max_length=32)

    class Meta:
        model = LoanSnapshot
        fields: list[str] = []
        form = HouseForm

    order = (
        "cls",
        "bucket",
        "prev_cls",
        "branch",
        "matures_from",
        "matures_to",
        "product",
        "industry",
        "guarantee",
        "officer",
    )
    main = ("cls", "bucket", "branch")

    def filter_class(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows.filter(classification__in=NON_PERFORMING if value == BAD else [value])

    def filter_bucket(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        groups = {ANY_OVERDUE: BUCKETS[1:], LONG_OVERDUE: BUCKETS[4:]}
        return rows.filter(bucket__in=groups.get(value, (value,)))
