"""Policy in the back office: rows are drafted here, and come into force by a second person."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from approvals.models import Route, RouteStep
from approvals.services import request_publication
from core.admin import AuditedAdmin
from core.enums import PublicationState
from core.errors import ApplicationError
from core.models import Parameter
from core.parameters import catalogue, check_value
from core.selectors import business_date
from duties.enums import SubjectType
from duties.models import DutyRule


class DraftAdmin(AuditedAdmin):
    """Published rows stand; a change is a new draft with its own date, submitted for publication."""

    actions = ("draft_change", "submit_for_publication")
    readonly_fields = ("state", "proposed_by", "published_by")
    list_filter = ("state",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or obj.state == PublicationState.DRAFT)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.proposed_by = str(request.user)[:120]
        super().save_model(request, obj, form, change)

    @admin.action(description=gettext_lazy("Draft a change of the selected row"))
    def draft_change(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        with transaction.atomic():
            for row in queryset:
                self.leave_trace(request, self.copy(request, row), {}, self.snapshot(row))
        self.message_user(request, _("Drafted: set the new values and the date, then submit it."))

    def copy(self, request: HttpRequest, row: Any) -> Any:
        """A draft with the values of a row, in force from the business date."""
        row.pk, row.state, row.published_by, row.effective_to = None, PublicationState.DRAFT, "", None
        row.effective_from, row.proposed_by = business_date(), str(request.user)[:120]
        row.save(force_insert=True)
        return row

    @admin.action(description=gettext_lazy("Submit the selected drafts for publication"))
    def submit_for_publication(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for row in queryset:
            try:
                asked = request_publication(
                    self.subject_type,
                    row,
                    actor=request.user,  # type: ignore[arg-type]
                    business_date=business_date(),
                )
                self.message_user(request, _("Submitted as %(number)s.") % {"number": asked.number})
            except ApplicationError as error:
                self.message_user(request, f"{row}: {error.message}", messages.ERROR)


class ParameterForm(forms.ModelForm):
    """Names and values come from the catalogue."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "name" in self.fields:
            choices = [(name, f"{name}: {' / '.join(spec.allowed)}") for name, spec in catalogue().items()]
            self.fields["name"] = forms.ChoiceField(choices=choices)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        try:
            check_value(data.get("name", ""), data.get("value", ""))
        except ApplicationError as error:
            self.add_error("value", str(error.message))
        return data


@admin.register(Parameter)
class ParameterAdmin(DraftAdmin):
    subject_type = SubjectType.PARAMETER
    form = ParameterForm
    list_display = ("name", "value", "effective_from", "effective_to", "state", "proposed_by")
    search_fields = ("name",)


@admin.register(DutyRule)
class DutyRuleAdmin(DraftAdmin):
    subject_type = SubjectType.DUTY_RULE
    list_display = ("code", "clause", "anchor", "offset", "unit", "roll", "effective_from", "state")
    search_fields = ("code", "clause")


class StepInline(admin.TabularInline):
    model = RouteStep
    extra = 0
    max_num = 3


@admin.register(Route)
class RouteAdmin(DraftAdmin):
    subject_type = SubjectType.ROUTE
    inlines = (StepInline,)
    list_display = ("kind", "title", "effective_from", "effective_to", "state")

    def copy(self, request: HttpRequest, row: Route) -> Route:
        steps = list(row.steps.all())
        draft: Route = super().copy(request, row)
        for step in steps:
            step.pk, step.route = None, draft
            step.save(force_insert=True)
        return draft
