"""Duties and monthly summaries by the API."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import django_filters as filters
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from core.api.rows import ApiRequest, Computed, Row, joined, text
from core.forms import DateInput, HouseForm
from core.workplace import workplace
from duties.enums import DutyState
from duties.models import Duty
from loans.filters import ALL_LABEL, ScopedFilter
from loans.permissions import can_read_portfolio
from org.api import ScopedResource
from org.enums import ApiScope
from org.querysets import scope_of
from reports.enums import Dimension
from reports.filters import DutyApiFilter
from reports.models import PortfolioFigure
from reports.permissions import sees_portfolio


def _overdue(request: ApiRequest) -> Callable[[str, dt.date], bool]:
    today = workplace(request._request).today
    return lambda state, due_on: state == DutyState.OPEN and due_on < today


class DutyRow(Row):
    """What one person owes by one date under one clause."""

    title = text("rule.title", allow_null=True)
    loans = serializers.ListField(child=serializers.CharField())
    branch_no = text("branch.branch_no")
    owner_no = text("owner.employee_no", allow_null=True)
    overdue = serializers.BooleanField(help_text="Open past its deadline on the business date.")
    explanation = serializers.DictField(help_text="Inputs and rule: why this person, why then.")

    computed = {
        "loans": Computed(joined, ("loans",)),
        "overdue": Computed(_overdue, ("state", "due_on")),
    }

    class Meta:
        model = Duty
        fields = (
            "id",
            "code",
            "title",
            "clause",
            "subject_type",
            "subject_no",
            "period_key",
            "loans",
            "borrower_no",
            "branch_no",
            "owner_no",
            "anchor_on",
            "opens_on",
            "due_on",
            "planned_on",
            "state",
            "overdue",
            "done_on",
            "closed_on",
            "close_reason",
            "missed",
            "provisional",
            "explanation",
        )


class DutyResource(ScopedResource):
    """Who owes what by when under which clause; open duties unless ``state`` says otherwise."""

    name = "duties"
    row = DutyRow
    key = ("id",)
    filterset = DutyApiFilter
    scope = ApiScope.DUTIES_READ
    person_may = staticmethod(can_read_portfolio)
    about = "Duties (only open ones unless a state is given)"

    def rows(self, request: ApiRequest, **named: str) -> Any:
        return Duty.objects.visible_to(request.user)


class FigureFilter(ScopedFilter):
    """Narrows figures by month, branch and dimension."""

    month = filters.DateFilter(label=_("month end"), field_name="month_end", widget=DateInput)
    dimension = filters.ChoiceFilter(label=_("Dimension"), choices=Dimension.choices, empty_label=ALL_LABEL)

    class Meta:
        model = PortfolioFigure
        fields: list[str] = []
        form = HouseForm

    order = ("month", "dimension", "branch")


class FigureRow(Row):
    """Frozen sums of a closed month over a branch with all below it, by class and bucket at both ends."""

    branch_no = text("branch.branch_no")

    class Meta:
        model = PortfolioFigure
        fields = (
            "id",
            "month_end",
            "branch_no",
            "dimension",
            "value",
            "prev_class",
            "classification",
            "prev_bucket",
            "bucket",
            "loans",
            "balance",
            "prev_balance",
            "overdue_principal",
            "npl_opening",
            "npl_new",
            "npl_recovered",
            "npl_upgraded",
            "npl_written_off",
            "npl_disposed",
            "npl_moved_in",
            "npl_moved_out",
        )


class MonthlySummaryResource(ScopedResource):
    """The monthly summary as figures: what the workbook adds up."""

    name = "monthly-summaries"
    row = FigureRow
    key = ("id",)
    filterset = FigureFilter
    scope = ApiScope.FIGURES_READ
    person_may = staticmethod(sees_portfolio)
    about = "Monthly summaries, as figures"

    def rows(self, request: ApiRequest, **named: str) -> Any:
        return PortfolioFigure.objects.filter(scope_of(request.user).q(branch="branch", owner=None))


RESOURCES = (DutyResource(), MonthlySummaryResource())
