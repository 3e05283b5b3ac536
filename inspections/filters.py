"""Filters of inspection reports and work logs, for the lists and the API alike."""

from typing import Any

import django_filters as filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from core.forms import HouseForm
from inspections.enums import ActivityKind, LogState, ReportKind, ReportState
from inspections.models import InspectionReport, WorkLog
from loans.filters import ALL_LABEL, FOUND_AT_MOST, ScopedFilter, find_borrowers


class RecordFilter(ScopedFilter):
    """Records about borrowers, found by the borrower."""

    q = filters.CharFilter(label=_("Borrower, number, credit code"), method="filter_text", max_length=60)

    def filter_text(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        found = find_borrowers(self.user, value).order_by()
        return rows.filter(borrower__in=list(found.values_list("pk", flat=True)[:FOUND_AT_MOST]))


class ReportFilter(RecordFilter):
    """Filters of the report list."""

    state = filters.ChoiceFilter(label=_("State"), choices=ReportState.choices, empty_label=ALL_LABEL)
    kind = filters.ChoiceFilter(label=_("Kind"), choices=ReportKind.choices, empty_label=ALL_LABEL)
    period = filters.CharFilter(label=_("Period, such as 2026Q1"), field_name="period_key", max_length=12)

    class Meta:
        model = InspectionReport
        fields: list[str] = []
        form = HouseForm

    order: tuple[str, ...] = ("q", "state", "kind", "period", "branch")


class LogFilter(RecordFilter):
    """Filters of the list of work logs."""

    state = filters.ChoiceFilter(label=_("State"), choices=LogState.choices, empty_label=ALL_LABEL)
    kind = filters.ChoiceFilter(label=_("Kind"), choices=ActivityKind.choices, empty_label=ALL_LABEL)

    class Meta:
        model = WorkLog
        fields: list[str] = []
        form = HouseForm

    order: tuple[str, ...] = ("q", "state", "kind", "branch")
