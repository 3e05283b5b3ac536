"""The door: login, logout, the own password; and the tokens of other systems."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import views as auth_views
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from core import clock
from core.errors import ApplicationError, Conflict
from core.forms import blame
from core.workplace import today
from org.forms import ClientForm, LoginForm, PasswordForm
from org.models import ApiClient
from org.permissions import require_clients
from org.requests import StaffRequest
from org.selectors import client_page
from org.services import create_client, note_password_change, revoke_client


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


# --- other systems -----------------------------------------------------------------------------------
@never_cache
@require_http_methods(["GET", "POST"])
def clients(request: StaffRequest) -> HttpResponse:
    """The API clients and the form for a new one; its token is on the answer to the form and nowhere else."""
    require_clients(request.user)
    if request.method == "GET":
        return _clients(request, ClientForm())
    form = ClientForm(request.POST)
    if form.is_valid():
        try:
            client, token = create_client(
                actor=request.user, business_date=today(request), **form.cleaned_data
            )
        except ApplicationError as error:
            blame(form, error)
        else:
            return _clients(request, ClientForm(), made=client, token=token)
    return _clients(request, form, status=422)


def _clients(request: StaffRequest, form: ClientForm, *, status: int = 200, **context: Any) -> HttpResponse:
    page = client_page(request.GET)
    shown = {"page": page, "form": form, "now": clock.now(), **context}
    return render(request, "org/clients.html", shown, status=status)


@require_POST
def revoke(request: StaffRequest, pk: int) -> HttpResponse:
    """End a client's token at once."""
    require_clients(request.user)
    client = ApiClient.objects.filter(pk=pk).first()
    if client is None:
        raise Http404
    try:
        revoke_client(client, actor=request.user, business_date=today(request))
        messages.success(request, _("The token of %(name)s holds no more.") % {"name": client.name})
    except Conflict as error:
        messages.info(request, str(error.message))
    return HttpResponseRedirect(reverse("org:clients"))
