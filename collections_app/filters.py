"""Filters of the letters' lists; the names are the parameters of their addresses."""

from typing import Any

import django_filters as filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from collections_app.enums import NoticeKind, NoticeState
from collections_app.models import Notice
from core.forms import DateInput, HouseForm
from duties.models import Duty
from loans.filters import ALL_LABEL, FOUND_AT_MOST, ScopedFilter, find_borrowers
from org.models import User
from org.permissions import reads_branches


def _own(rows: QuerySet[Any], value: str) -> QuerySet[Any]:
    people = User.objects.filter(Q(employee_no=value.strip()) | Q(name__icontains=value.strip()))
    return rows.filter(owner__in=people.order_by().values("pk")[:FOUND_AT_MOST])


class _PeopleFilter(ScopedFilter):
    """Borrower and owner, the owner for those who read whole branches."""

    q = filters.CharFilter(label=_("Borrower or loan"), method="filter_text", max_length=60)
    owner = filters.CharFilter(label=_("Owner (number or name)"), method="filter_owner", max_length=60)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not reads_branches(self.user):
            self.filters.pop("owner", None)

    def filter_owner(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return _own(rows, value)

    def _found(self, value: str) -> list[tuple[int, str]]:
        found = find_borrowers(self.user, value).order_by()
        return list(found.values_list("pk", "borrower_no")[:FOUND_AT_MOST])


class DueFilter(_PeopleFilter):
    """Narrows the duties that wait for a letter."""

    kind = filters.ChoiceFilter(
        label=_("Kind of letter"), field_name="code", choices=NoticeKind.choices, empty_label=ALL_LABEL
    )
    due_to = filters.DateFilter(
        label=_("Due until"), field_name="due_on", lookup_expr="lte", widget=DateInput
    )

    class Meta:
        model = Duty
        fields: list[str] = []
        form = HouseForm

    order = ("q", "kind", "due_to", "owner", "branch")

    def filter_text(self, rows: QuerySet[Duty], name: str, value: str) -> QuerySet[Duty]:
        numbers = [number for _pk, number in self._found(value)]
        return rows.filter(Q(borrower_no__in=numbers) | Q(subject_no=value.strip()))


class NoticeFilter(_PeopleFilter):
    """Narrows the letters that were issued."""

    kind = filters.ChoiceFilter(label=_("Kind of letter"), choices=NoticeKind.choices, empty_label=ALL_LABEL)
    state = filters.ChoiceFilter(label=_("State"), choices=NoticeState.choices, empty_label=ALL_LABEL)

    class Meta:
        model = Notice
        fields: list[str] = []
        form = HouseForm

    order = ("q", "kind", "state", "owner", "branch")

    def filter_text(self, rows: QuerySet[Notice], name: str, value: str) -> QuerySet[Notice]:
        by_number = Q(document__number=value.strip()) | Q(duty__subject_no=value.strip())
        return rows.filter(by_number | Q(borrower__in=[pk for pk, _number in self._found(value)]))
