"""Filters of approval requests."""

import django_filters as filters
from django.utils.translation import gettext_lazy as _

from approvals.enums import RequestState
from approvals.models import Request
from core.forms import DateInput, HouseForm


class RequestFilter(filters.FilterSet):
    """Narrows approval requests by kind, state, subject and date."""

    kind = filters.CharFilter(label=_("Kind"), max_length=25)
    state = filters.ChoiceFilter(label=_("State"), choices=RequestState.choices)
    subject_type = filters.CharFilter(label=_("Kind of record"), max_length=20)
    subject_no = filters.CharFilter(label=_("Number of the record"), max_length=120)
    borrower_no = filters.CharFilter(label=_("Borrower no."), max_length=64)
    submitted_from = filters.DateFilter(
        label=_("Submitted from"), field_name="submitted_on", lookup_expr="gte", widget=DateInput
    )
    submitted_to = filters.DateFilter(
        label=_("Submitted until"), field_name="submitted_on", lookup_expr="lte", widget=DateInput
    )

    class Meta:
        model = Request
        fields: list[str] = []
        form = HouseForm
