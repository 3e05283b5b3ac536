"""What a reader chooses for every page: language and unit of amounts."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import check_for_language
from django.views.decorators.http import require_POST

from core.templatetags.house import MONEY_COOKIE
from org.services import keep_language

YEAR = 365 * 24 * 3600
UNITS = ("yuan", "wan")


def _back(request: HttpRequest) -> HttpResponseRedirect:
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(target if safe else "/")


def _keep(response: HttpResponse, name: str, value: str) -> None:
    response.set_cookie(name, value, max_age=YEAR, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE)


@login_not_required
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Keep the language in a cookie, and with the user, whose mail is written in it."""
    response, code = _back(request), request.POST.get("language", "")
    if code in dict(settings.LANGUAGES) and check_for_language(code):
        _keep(response, settings.LANGUAGE_COOKIE_NAME, code)
        if request.user.is_authenticated:
            keep_language(request.user, code)
    return response


@require_POST
def money_unit(request: HttpRequest) -> HttpResponse:
    """Show amounts in yuan or in 10,000 yuan."""
    response, unit = _back(request), request.POST.get("unit", "")
    if unit in UNITS:
        _keep(response, MONEY_COOKIE, unit)
    return response
