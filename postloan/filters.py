"""Filters of the audit trail; the names are the parameters of its address."""

import datetime as dt

import django_filters as filters
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Q, QuerySet
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _

from core.clock import SHANGHAI
from core.enums import RunState
from core.forms import DateInput, HouseForm, QuickSelect
from core.models import AuditEvent, DailyRun
from org.models import User
from postloan.words import ACTIONS, SUBJECTS

PEOPLE_AT_MOST = 200
PEOPLE, SYSTEM = "people", "system"
ALL = _("All")
DATES = [MinValueValidator(dt.date(2000, 1, 1)), MaxValueValidator(dt.date(2100, 12, 31))]


def midnight(day: dt.date) -> dt.datetime:
    """The instant at which a day begins at the bank."""
    return dt.datetime.combine(day, dt.time.min, tzinfo=SHANGHAI)


class AuditFilter(filters.FilterSet):
    """Narrows the audit trail by record, person, act and time."""

    subject_type = filters.ChoiceFilter(
        label=_("Kind of record"), choices=list(SUBJECTS.items()), empty_label=ALL
    )
    subject_no = filters.CharFilter(label=_("Number of the record"), max_length=120, method="filter_subject")
    action = filters.ChoiceFilter(
        label=_("Act"), choices=list(ACTIONS.items()), empty_label=ALL, widget=QuickSelect
    )
    actor = filters.CharFilter(label=_("Person (number or name)"), max_length=60, method="filter_actor")
    by = filters.ChoiceFilter(
        label=_("By"),
        choices=[(PEOPLE, _("people only")), (SYSTEM, _("the system only"))],
        empty_label=ALL,
        method="filter_by",
    )
    since = filters.DateFilter(label=_("From"), method="filter_since", widget=DateInput, validators=DATES)
    until = filters.DateFilter(label=_("Until"), method="filter_until", widget=DateInput, validators=DATES)

    class Meta:
        model = AuditEvent
        fields: list[str] = []
        form = HouseForm

    @property
    def active(self) -> bool:
        """Whether anything is filtered, so that an empty list can say so."""
        return self.is_bound and any(self.data.get(name) for name in self.filters)

    def main_fields(self) -> list[BoundField]:
        """All fields show; none hides behind "more"."""
        return list(self.form)

    def filter_subject(self, rows: QuerySet[AuditEvent], name: str, value: str) -> QuerySet[AuditEvent]:
        return rows.filter(subject_no=value.strip())

    def filter_actor(self, rows: QuerySet[AuditEvent], name: str, value: str) -> QuerySet[AuditEvent]:
        """By the number that stands in the trail, or by people's names of today (never by a scan)."""
        text = value.strip()
        named = User.objects.filter(name__icontains=text).order_by().values("employee_no")[:PEOPLE_AT_MOST]
        return rows.filter(Q(actor_no=text) | Q(actor_no__in=named))

    def filter_by(self, rows: QuerySet[AuditEvent], name: str, value: str) -> QuerySet[AuditEvent]:
        system = Q(actor_no="")
        return rows.filter(system if value == SYSTEM else ~system)

    def filter_since(self, rows: QuerySet[AuditEvent], name: str, value: dt.date) -> QuerySet[AuditEvent]:
        return rows.filter(at__gte=midnight(value))

    def filter_until(self, rows: QuerySet[AuditEvent], name: str, value: dt.date) -> QuerySet[AuditEvent]:
        return rows.filter(at__lt=midnight(value + dt.timedelta(days=1)))


class RunFilter(filters.FilterSet):
    """Narrows daily runs by state and date."""

    state = filters.ChoiceFilter(label=_("State"), choices=RunState.choices)
    from_on = filters.DateFilter(
        label=_("From"), field_name="business_date", lookup_expr="gte", widget=DateInput
    )
    to_on = filters.DateFilter(
        label=_("Until"), field_name="business_date", lookup_expr="lte", widget=DateInput
    )

    class Meta:
        model = DailyRun
        fields: list[str] = []
        form = HouseForm
