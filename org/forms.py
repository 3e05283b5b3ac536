"""Login, password and interface forms in the look of the house."""

from typing import Any

from django import forms
from django.contrib.auth import forms as auth_forms
from django.utils.translation import gettext_lazy as _

from core.forms import DateInput, HouseForm, HouseFormMixin, QuickSelect
from org.enums import ApiScope
from org.models import Branch


class LoginForm(HouseFormMixin, auth_forms.AuthenticationForm):
    """Employee number and password."""


class PasswordForm(HouseFormMixin, auth_forms.PasswordChangeForm):
    """The old password once, the new one twice."""


class ClientForm(HouseForm):
    """A new API client: who, which branches, what for, until when."""

    name = forms.CharField(
        label=_("System"), max_length=80, help_text=_("As people call it, such as Core banking or BI.")
    )
    branch = forms.ModelChoiceField(
        Branch.objects.none(),
        label=_("Branch"),
        to_field_name="branch_no",
        empty_label=None,
        widget=QuickSelect,
        help_text=_("It sees the rows of this branch and of everything below it."),
    )
    scopes = forms.MultipleChoiceField(
        label=_("Scopes"), choices=ApiScope.choices, widget=forms.CheckboxSelectMultiple
    )
    expires_on = forms.DateField(
        label=_("Valid until"), widget=DateInput, help_text=_("The last day on which the token holds.")
    )
    rate_per_minute = forms.IntegerField(
        label=_("Requests per minute"),
        required=False,
        min_value=1,
        max_value=100_000,
        help_text=_("Empty: as for everybody."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["branch"].queryset = Branch.objects.all()  # type: ignore[attr-defined]
