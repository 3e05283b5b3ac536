"""Login and password forms in the look of the house."""

from django.contrib.auth import forms as auth_forms

from core.forms import HouseFormMixin


class LoginForm(HouseFormMixin, auth_forms.AuthenticationForm):
    """Employee number and password."""


class PasswordForm(HouseFormMixin, auth_forms.PasswordChangeForm):
    """The old password once, the new one twice."""
