"""Duties by the API; they stand here because their filters look at loans as well."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from rest_framework import serializers

from core.api.rows import ApiRequest, Computed, Row, text
from core.workplace import workplace
from duties.enums import DutyState
from duties.models import Duty
from loans.permissions import can_read_portfolio
from org.api import ScopedResource
from org.enums import ApiScope
from reports.filters import DutyApiFilter


def _numbers(request: ApiRequest) -> Callable[[str], list[str]]:
    return lambda loans: sorted(filter(None, loans.split(";")))


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
        "loans": Computed(_numbers, ("loans",)),
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
    about = "Duties (open ones, unless `state` says otherwise)"

    def rows(self, request: ApiRequest, **named: str) -> Any:
        return Duty.objects.visible_to(request.user)


RESOURCES = (DutyResource(),)
