"""The back office: reference data, changed only with a trace, never deleted."""

from typing import Any

from django.contrib import admin
from django.contrib.auth import admin as auth_admin
from django.db.models import Model
from django.forms import ModelForm, model_to_dict
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core import audit
from core.models import BusinessDay
from core.selectors import business_date

admin.site.site_header = admin.site.site_title = _("Back office")
admin.site.index_title = _("Reference data")
# Roles say what people may do; Django's groups are not used.
admin.site.unregister(auth_admin.Group)  # type: ignore[attr-defined]


class AuditedAdmin(admin.ModelAdmin):
    """Rows may be added and changed, each with an audit event; nothing is deleted."""

    subject_type = ""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {
            name: action for name, action in super().get_actions(request).items() if name != "delete_selected"
        }

    def snapshot(self, obj: Any) -> dict[str, Any]:
        """The columns of a row as the audit trail keeps them."""
        return {name: value for name, value in model_to_dict(obj).items() if name != "password"}

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:
        before = self.snapshot(self.model._base_manager.get(pk=obj.pk)) if change else {}
        super().save_model(request, obj, form, change)
        self.leave_trace(request, obj, before, self.snapshot(obj))

    def leave_trace(
        self, request: HttpRequest, obj: Model, before: dict[str, Any], after: dict[str, Any]
    ) -> None:
        """One event with the columns that differ."""
        changed = [name for name in after if before.get(name) != after[name]]
        audit.record(
            f"{self.subject_type}.{'changed' if before else 'created'}",
            actor=request.user,
            subject_type=self.subject_type,
            subject_no=self.subject_no(obj),
            before={name: before[name] for name in changed if name in before},
            after={name: after[name] for name in changed},
            business_date=business_date(),
        )

    def subject_no(self, obj: Any) -> str:
        return str(obj.pk)


@admin.register(BusinessDay)
class BusinessDayAdmin(AuditedAdmin):
    """To read only: two persons change the calendar, on its own page."""

    list_display = ("date", "is_workday", "name", "source", "confirmed")
    list_filter = ("is_workday", "confirmed")
    date_hierarchy = "date"
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
