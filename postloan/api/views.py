"""The schema, the page that shows it, and what there is at every other address: nothing."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views import defaults
from django.views.decorators.http import require_GET
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.problems import answer, not_found
from core.api.resources import ApiView

PREFIX = "/api/"


class SchemaView(ApiView):
    """The OpenAPI 3.1 document, for whoever is known."""

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        with translation.override("en"):
            document: Any = SchemaGenerator().get_schema(request=request, public=True)
        return Response(document)


class Nothing(ApiView):
    """Any other address below ``/api/``, by any method."""

    authentication_classes = ()
    permission_classes = ()

    @extend_schema(exclude=True)
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        self.http_method_not_allowed = self._nothing  # type: ignore[method-assign]
        return super().dispatch(request, *args, **kwargs)

    def _nothing(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        raise Http404


@require_GET
def docs(request: HttpRequest) -> HttpResponse:
    """The page for people who write a client; everything on it comes from this server."""
    return render(request, "postloan/api_docs.html")


# --- errors before or outside the views: the same problems below /api/, pages elsewhere -----------------
def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith(PREFIX)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _is_api(request):
        return answer(request, 400, "bad_request", str(exception) if settings.DEBUG else "")
    return defaults.bad_request(request, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _is_api(request):
        return answer(request, 404, "not_found", not_found())
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    if _is_api(request):
        return answer(request, 500, "server_error", "")
    return defaults.server_error(request)
