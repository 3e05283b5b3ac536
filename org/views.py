"""The door: login, logout, the own password."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import views as auth_views
from django.http import HttpResponse
from django.urls import reverse_lazy
from django.utils.translation import gettext as _

from org.forms import LoginForm, PasswordForm
from org.services import note_password_change


class LoginView(auth_views.LoginView):
    """Five wrong passwords lock the account for a while (django-axes)."""

    template_name = "org/login.html"
    authentication_form = LoginForm
    redirect_authenticated_user = True

    def form_valid(self, form: Any) -> HttpResponse:
        """Bring the person's language along to a new browser."""
        response = super().form_valid(form)
        if language := form.get_user().language:
            response.set_cookie(settings.LANGUAGE_COOKIE_NAME, language, samesite="Lax", httponly=True)
        return response


class LogoutView(auth_views.LogoutView):
    """By POST only, so that no link logs anybody out."""


class PasswordView(auth_views.PasswordChangeView):
    """Everybody changes the own password."""

    template_name = "org/password.html"
    form_class = PasswordForm
    success_url = reverse_lazy("org:password")

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        note_password_change(self.request.user)
        messages.success(self.request, _("Your password was changed."))
        return response


login = LoginView.as_view()
logout = LogoutView.as_view()
password = PasswordView.as_view()
