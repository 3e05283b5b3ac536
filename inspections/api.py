"""Inspection reports and work logs by the API."""

from typing import Any

import django_filters as filters
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from core.api.rows import ApiRequest, Computed, Row, joined, text
from core.forms import DateInput
from inspections.enums import LogState, ReportState
from inspections.filters import LogFilter, ReportFilter
from inspections.models import InspectionReport, WorkLog
from loans.permissions import can_read_portfolio
from org.api import ScopedResource
from org.enums import ApiScope


class WorkLogApiFilter(LogFilter):
    """The list's filters, and by number and date."""

    borrower_no = filters.CharFilter(
        label=_("Borrower no."), field_name="borrower__borrower_no", max_length=64
    )
    activity_from = filters.DateFilter(
        label=_("From"), field_name="activity_on", lookup_expr="gte", widget=DateInput
    )
    activity_to = filters.DateFilter(
        label=_("Until"), field_name="activity_on", lookup_expr="lte", widget=DateInput
    )

    order = (*LogFilter.order, "borrower_no", "activity_from", "activity_to")


class ReportApiFilter(ReportFilter):
    """The list's filters, and by number of the borrower."""

    borrower_no = filters.CharFilter(
        label=_("Borrower no."), field_name="borrower__borrower_no", max_length=64
    )

    order = (*ReportFilter.order, "borrower_no")


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
    filterset = WorkLogApiFilter
    updated = "updated_at"
    scope = ApiScope.INSPECTIONS_READ
    person_may = staticmethod(can_read_portfolio)
    about = "Work logs"

    def rows(self, request: ApiRequest, **named: str) -> Any:
        return WorkLog.objects.visible_to(request.user).exclude(state=LogState.DRAFT)


class ReportRow(Row):
    """An inspection report; ``findings`` by the code of the checklist's question."""

    borrower_no = text("borrower.borrower_no")
    branch_no = text("branch.branch_no")
    author_no = text("author.employee_no")
    checklist_version = serializers.IntegerField(source="checklist.version")
    loans = serializers.ListField(child=serializers.CharField())
    findings = serializers.DictField()
    measures = serializers.ListField(child=serializers.DictField())

    computed = {"loans": Computed(joined, ("loans",))}

    class Meta:
        model = InspectionReport
        fields = (
            "report_no",
            "kind",
            "period_key",
            "period_start",
            "period_end",
            "borrower_no",
            "loans",
            "branch_no",
            "author_no",
            "visited_on",
            "method",
            "place",
            "second_inspector",
            "statements_on",
            "checklist_version",
            "findings",
            "conclusion",
            "summary",
            "proposed_class",
            "proposed_regime",
            "measures",
            "state",
            "submission",
            "first_submitted_on",
            "submitted_on",
            "approved_on",
            "content_hash",
            "updated_at",
        )


class ReportResource(ScopedResource):
    """Inspection reports that were submitted; a draft is its author's own."""

    name = "inspection-reports"
    row = ReportRow
    key = ("report_no",)
    filterset = ReportApiFilter
    updated = "updated_at"
    scope = ApiScope.INSPECTIONS_READ
    person_may = staticmethod(can_read_portfolio)
    about = "Inspection reports"

    def rows(self, request: ApiRequest, **named: str) -> Any:
        return InspectionReport.objects.visible_to(request.user).exclude(state=ReportState.DRAFT)


RESOURCES = (WorkLogResource(), ReportResource())
