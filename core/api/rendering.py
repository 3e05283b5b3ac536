"""JSON as fast as it gets; money stays exact text."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import orjson
from django.utils.functional import Promise
from rest_framework.renderers import BaseRenderer


def dumps(data: Any) -> bytes:
    """UTF-8 JSON. An amount is the text ``"1234.50"``, never a floating number; an instant is in UTC."""
    return orjson.dumps(data, default=_text, option=orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS)


def _text(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, Promise):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in an answer.")


class JsonRenderer(BaseRenderer):
    """Renders dictionaries; bytes are passed through, because a record is rendered for its ETag before."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        if data is None:
            return b""
        return data if isinstance(data, bytes) else dumps(data)
