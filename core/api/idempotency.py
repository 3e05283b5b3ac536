"""Sending a request again must not do its work again."""

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable
from itertools import chain
from typing import Any

import orjson
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from rest_framework.response import Response

from core import clock
from core.api.problems import BadRequest
from core.api.rendering import dumps
from core.api.rows import ApiRequest
from core.errors import ApplicationError
from core.locks import exclusive
from core.models import IdempotentRequest

HEADER = "Idempotency-Key"
KEPT = dt.timedelta(hours=24)
LONGEST = 200
TURN_SECONDS = 10


def answered_once(request: ApiRequest, act: Callable[[], Response]) -> Response:
    """The answer of ``act``, or the kept one when the same request was answered before.

    Without the header nothing is kept. ApplicationError(422) when the key was used for something else;
    BadRequest for a key that is none. An error is not kept: sent again, it is judged again.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return act()
    _check(key)
    owner, fingerprint = request.user.employee_no, fingerprint_of(request)
    with exclusive(f"idempotency-{owner}-{key}", wait=TURN_SECONDS):
        if known := _known(owner, key):
            return _again(known, fingerprint)
        response = act()
        # Kept as it was sent: an instant that went through a table would read differently.
        response.data = orjson.loads(dumps(response.data))
        _keep(owner, key, fingerprint, response)
        return response


def _check(key: str) -> None:
    if not (0 < len(key) <= LONGEST and key.isascii() and key.isprintable()):
        message = _("Up to %(n)s printable ASCII characters are expected.") % {"n": LONGEST}
        raise BadRequest("bad_idempotency_key", message, details={HEADER: [message]})


def fingerprint_of(request: ApiRequest) -> str:
    """The digest of method, address, fields and files."""
    digest = hashlib.sha256(f"{request.method} {request.path}".encode())
    for name, values in sorted(request.data.lists()):
        for value in values:
            digest.update(f"\n{name}=".encode())
            for piece in _pieces(value):
                digest.update(piece)
    return digest.hexdigest()


def _pieces(value: Any) -> Iterable[bytes]:
    if not isinstance(value, UploadedFile):
        return [str(value).encode(errors="replace")]
    value.seek(0)
    return chain([str(value.name).encode(errors="replace")], value.chunks())


def _known(owner: str, key: str) -> IdempotentRequest | None:
    return IdempotentRequest.objects.filter(owner=owner, key=key, expires_at__gt=clock.now()).first()


def _again(known: IdempotentRequest, fingerprint: str) -> Response:
    if known.fingerprint != fingerprint:
        raise ApplicationError(
            "idempotency_key_reused", _("This Idempotency-Key was used for another request before.")
        )
    headers = {"Location": known.location, "Idempotent-Replayed": "true"}
    return Response(known.body, status=known.status, headers=headers)


def _keep(owner: str, key: str, fingerprint: str, response: Response) -> None:
    IdempotentRequest.objects.filter(expires_at__lte=clock.now()).delete()
    IdempotentRequest.objects.create(
        owner=owner,
        key=key,
        fingerprint=fingerprint,
        status=response.status_code,
        location=response.headers.get("Location", ""),
        body=response.data,
        expires_at=clock.now() + KEPT,
    )
