"""Branches, people and their deputies."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from core.admin import AuditedAdmin
from org.models import Branch, Delegation, RoleAssignment, User
from org.services import note_password_change, rebuild_paths, rebuild_role_holders


class BranchForm(forms.ModelForm):
    """A branch is never above itself."""

    def clean_parent(self) -> Branch | None:
        parent: Branch | None = self.cleaned_data["parent"]
        if parent is not None and self.instance.pk and parent.path.startswith(self.instance.path):
            raise forms.ValidationError(_("This branch lies below the one it would belong to."))
        return parent


@admin.register(Branch)
class BranchAdmin(AuditedAdmin):
    subject_type = "branch"
    form = BranchForm
    list_display = ("branch_no", "name", "level", "parent")
    list_filter = ("level",)
    list_select_related = ("parent",)
    search_fields = ("branch_no", "name")
    autocomplete_fields = ("parent",)
    fields = ("branch_no", "name", "level", "parent")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("branch_no",) if obj else ()

    def save_model(self, request: HttpRequest, obj: Branch, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        rebuild_paths()
        rebuild_role_holders()

    def subject_no(self, obj: Branch) -> str:
        return obj.branch_no


class RoleInline(admin.TabularInline):
    """The roles of a person; nobody gives roles to themselves."""

    model = RoleAssignment
    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None or obj.pk != request.user.pk

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_add_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_add_permission(request, obj)


class NewUserForm(AdminUserCreationForm):
    class Meta:
        model = User
        fields = ("employee_no", "name", "branch", "email")


@admin.register(User)
class UserAdmin(AuditedAdmin, DjangoUserAdmin):
    """Accounts; who leaves is set inactive, never deleted."""

    subject_type = "user"
    add_form = NewUserForm
    inlines = (RoleInline,)
    list_display = ("employee_no", "name", "branch", "role_names", "is_active")
    list_filter = ("is_active", "role_assignments__role")
    search_fields = ("employee_no", "name")
    ordering = ("employee_no",)
    autocomplete_fields = ("branch",)
    filter_horizontal = ()
    readonly_fields = ("last_login",)
    fieldsets = (
        (None, {"fields": ("employee_no", "password", "name", "email", "branch", "language")}),
        (None, {"fields": ("is_active", "left_on", "last_login")}),
    )
    add_fieldsets = (
        (
            None,
            {
                "classes": ("wide",),
                "fields": (
                    "employee_no",
                    "name",
                    "branch",
                    "email",
                    "usable_password",
                    "password1",
                    "password2",
                ),
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("branch").prefetch_related("role_assignments")

    @admin.display(description=_("roles"))
    def role_names(self, user: User) -> str:
        return ", ".join(str(one) for one in user.role_assignments.all())

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (*self.readonly_fields, "employee_no") if obj else self.readonly_fields

    def snapshot(self, obj: User) -> dict[str, Any]:
        columns = ("name", "email", "branch_id", "is_active", "left_on", "language")
        roles = RoleAssignment.objects.filter(user=obj).order_by("role").values_list("role", flat=True)
        return {**{name: getattr(obj, name) for name in columns}, "roles": list(roles)}

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        # The trace is left when the roles are written, too.
        form.before = self.snapshot(User.objects.get(pk=obj.pk)) if change else {}
        admin.ModelAdmin.save_model(self, request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        rebuild_role_holders()
        self.leave_trace(request, form.instance, form.before, self.snapshot(form.instance))

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:  # noqa: A002
        response = super().user_change_password(request, id, form_url)
        if request.method == "POST" and response.status_code == 302:
            note_password_change(User.objects.get(pk=id), actor=request.user)
        return response

    def subject_no(self, obj: User) -> str:
        return obj.employee_no


@admin.register(Delegation)
class DelegationAdmin(AuditedAdmin):
    subject_type = "delegation"
    list_display = ("delegator", "delegate", "from_on", "to_on", "reason", "revoked_on")
    list_select_related = ("delegator", "delegate")
    autocomplete_fields = ("delegator", "delegate")
