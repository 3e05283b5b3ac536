"""Work logs by the API; another record of this app is one more ``Row`` and ``ScopedResource``."""

from typing import Any

import django_filters as filters
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from core.api.rows import ApiRequest, Row, text
from core.forms import DateInput, HouseForm
from inspections.enums import ActivityKind, LogState
from inspections.models import WorkLog
from loans.filters import ALL_LABEL, ScopedFilter
from loans.permissions import can_read_portfolio
from org.api import ScopedResource
from org.enums import ApiScope


class WorkLogFilter(ScopedFilter):
    """Narrows work logs by borrower, state and date."""

    borrower_no = filters.CharFilter(
        label=_("Borrower no."), field_name="borrower__borrower_no", max_length=64
    )
    state = filters.ChoiceFilter(label=_("State"), choices=LogState.choices, empty_label=ALL_LABEL)
    kind = filters.ChoiceFilter(label=_("Kind"), choices=ActivityKind.choices, empty_label=ALL_LABEL)
    activity_from = filters.DateFilter(
        label=_("From"), field_name="activity_on", lookup_expr="gte", widget=DateInput
    )
    activity_to = filters.DateFilter(
        label=_("Until"), field_name="activity_on", lookup_expr="lte", widget=DateInput
    )

    class Meta:
        model = WorkLog
        fields: list[str] = []
        form = HouseForm

    order = ("borrower_no", "state", "kind", "activity_from", "activity_to", "branch")


class WorkLogRow(Row):
    """A work log as it was submitted."""

    borrower_no = text("borrower.borrower_no")
    branch_no = text("branch.branch_no")
    author_no = text("author.employee_no")
    activity_no = text("activity.activity_no", allow_null=True)
    facts = serializers.ListField(child=serializers.DictField())

    class Meta:
        model = WorkLog
        fields = (
            "log_no",
            "borrower_no",
            "branch_no",
            "author_no",
            "activity_no",
            "kind",
            "activity_on",
            "place",
            "persons",
            "facts",
            "analysis",
            "next_step",
            "state",
            "submission",
            "first_submitted_on",
            "submitted_on",
            "updated_at",
        )


class WorkLogResource(ScopedResource):
    """Work logs that were submitted; a draft is its author's own."""

    name = "work-logs"
    row = WorkLogRow
    key = ("log_no",)
    filterset = WorkLogFilter
    updated = "updated_at"
    scope = ApiScope.INSPECTIONS_READ
    person_may = staticmethod(can_read_portfolio)
    about = "Work logs"

    def rows(self, request: ApiRequest, **named: str) -> Any:
        return WorkLog.objects.visible_to(request.user).exclude(state=LogState.DRAFT)


RESOURCES = (WorkLogResource(),)
