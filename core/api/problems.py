"""Every error of the API in one shape: problem details (RFC 9457)."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from core.api.rendering import dumps
from core.errors import ApplicationError
from core.logs import request_id

logger = logging.getLogger("postloan.api")

MEDIA_TYPE = "application/problem+json"


class BadRequest(ApplicationError):
    """What was asked for makes no sense; ``details`` names the parameters."""

    status = 400


def problem(
    path: str, status: int, code: str, detail: str, *, errors: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The body of an error; ``errors`` are messages by field or parameter."""
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "errors": {str(name): _messages(texts) for name, texts in (errors or {}).items()},
        "instance": path,
        "request_id": request_id.get(),
    }


def _messages(texts: Any) -> list[str]:
    return [str(text) for text in texts] if isinstance(texts, list | tuple) else [str(texts)]


def handler(error: Exception, context: Mapping[str, Any]) -> Response:
    """What REST framework answers when a view raises; nothing gets past it."""
    set_rollback()
    request = context["request"]
    status, code, detail, errors, headers = told(error)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        logger.error("%s %s failed.", request.method, request.path, exc_info=error)
    body = problem(request.path, status, code, detail, errors=errors)
    return Response(body, status=status, headers=headers, content_type=MEDIA_TYPE)


Told = tuple[int, str, str, Mapping[str, Any], dict[str, str]]


def told(error: Exception) -> Told:
    """Status, code, text, messages by field, and headers of an error."""
    if isinstance(error, ApplicationError):
        return error.status, error.code, str(error.message), _by_field(error.details), {}
    if isinstance(error, Http404):
        return 404, "not_found", not_found(), {}, {}
    if isinstance(error, PermissionDenied):
        return 403, "permission_denied", _("You may not do this."), {}, {}
    if isinstance(error, RequestDataTooBig):
        return 413, "too_large", _("What was sent is too large."), {}, {}
    if isinstance(error, SuspiciousOperation | UnicodeError):
        return 400, "bad_request", _("What was sent cannot be read."), {}, {}
    if isinstance(error, exceptions.APIException):
        return _of_framework(error)
    return 500, "server_error", _("Something went wrong; the log has the details."), {}, {}


def not_found() -> str:
    return _("There is no such address or record, or it lies outside your branches.")


def _by_field(details: Mapping[str, Any]) -> Mapping[str, Any]:
    """Only messages; figures that an error carries for pages are left out."""
    return {name: value for name, value in details.items() if isinstance(value, list | tuple)}


def _of_framework(error: exceptions.APIException) -> Told:
    codes = error.get_codes()
    code = codes if isinstance(codes, str) else str(error.default_code)
    detail = str(error.detail) if isinstance(error.detail, str) else str(error.default_detail)
    headers = {}
    if header := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = header
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = f"{wait:.0f}"
    return error.status_code, code, detail, {}, headers


def answer(request: HttpRequest, status: int, code: str, detail: str) -> HttpResponse:
    """A problem for what never reached a view of the API."""
    body = dumps(problem(request.path, status, code, detail))
    return HttpResponse(body, status=status, content_type=MEDIA_TYPE)
