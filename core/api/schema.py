"""The OpenAPI document, derived from the resources."""

from functools import cache
from typing import Any

import django_filters as filters
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from core.api.paging import MAX_SIZE, SIZE

READ_ERRORS = (400, 401, 403, 406, 429, 500)
REASONS = {
    400: "A parameter cannot be read, or there is none of this name",
    401: "No token, or one that does not hold",
    403: "A scope or a role is missing",
    404: "No such record, or outside the reader's branches",
    405: "Not by this method",
    406: "Only JSON is answered",
    409: "Somebody else is doing this at the moment",
    413: "What was sent is too large",
    415: "Sent in another form than expected",
    422: "What was sent is not accepted; the errors say why",
    429: "Too many requests; Retry-After says how many seconds to wait",
    500: "Something went wrong on the server",
    503: "The server cannot do this at the moment",
}
LIMITS = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")


class Problem(serializers.Serializer[Any]):
    """Problem details (RFC 9457); ``code`` is stable, ``detail`` is for people and translated."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()
    errors: Any = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))
    instance = serializers.CharField()
    request_id = serializers.CharField(allow_blank=True)


def errors(*statuses: int) -> dict[tuple[int, str], OpenApiResponse]:
    """The error responses of an operation."""
    return {
        (status, "application/problem+json"): OpenApiResponse(Problem, description=REASONS[status])
        for status in statuses
    }


def query(
    name: str, about: str, of: Any = OpenApiTypes.STR, enum: list[Any] | None = None
) -> OpenApiParameter:
    return OpenApiParameter(name, of, OpenApiParameter.QUERY, description=about, enum=enum)


PAGING = (
    query(
        "cursor",
        "Where the page begins; taken from `next` or `previous` of another page.",
        {"type": "string", "minLength": 1, "pattern": "^[A-Za-z0-9_-]+$"},
    ),
    query(
        "page_size",
        f"Rows of a page; {SIZE} unless given.",
        {"type": "integer", "minimum": 1, "maximum": MAX_SIZE},
    ),
)
UPDATED = query(
    "updated_since",
    "Rows changed at this instant or later, oldest change first. Without a zone the bank's time is meant.",
    OpenApiTypes.DATETIME,
)


class HouseSchema(AutoSchema):
    """Reads the view's resource; a view without one says what it does by ``extend_schema``."""

    @property
    def resource(self) -> Any:
        return getattr(self.view, "resource", None)

    @property
    def is_list(self) -> bool:
        return bool(getattr(self.view, "is_list", False))

    def get_operation_id(self) -> str:
        name = self.resource.name.replace("-", "_").replace("/", "_")
        return f"{name}_{'list' if self.is_list else 'read'}"

    def get_tags(self) -> list[str]:
        return [self.resource.tag or self.resource.name]

    def get_summary(self) -> str:
        return f"{self.resource.about}{'' if self.is_list else ': one record'}"

    def get_description(self) -> str:  # type: ignore[override]
        return f"Scope of API clients: `{self.resource.scope}`."

    def get_override_parameters(self) -> list[Any]:
        if self.method != "GET":
            return []
        fields = OpenApiParameter(
            "fields",
            {"type": "array", "items": {"enum": list(self.resource.row().fields)}, "minItems": 1},
            description="Only these fields, separated by commas; all unless given.",
            style="form",
            explode=False,
        )
        if not self.is_list:
            return [fields, OpenApiParameter("If-None-Match", str, OpenApiParameter.HEADER)]
        found = [*PAGING, fields, *filter_parameters(self.resource.filterset)]
        return [*found, UPDATED] if self.resource.updated else found

    def get_request_serializer(self) -> Any:
        return None

    def get_response_serializers(self) -> Any:
        row = self.resource.row
        nested = "<" in self.resource.address
        if self.is_list:
            return {200: page_of(row), **errors(*READ_ERRORS, *((404,) if nested else ()))}
        record = getattr(self.resource, "record", None) or row
        return {
            200: record,
            304: OpenApiResponse(description="The record is still the one with this ETag"),
            **errors(*READ_ERRORS, 404),
        }

    def _get_serializer_name(self, serializer: Any, direction: Any, bypass_extensions: bool = False) -> str:
        name: str = super()._get_serializer_name(serializer, direction, bypass_extensions)
        return name.removesuffix("Row")


@cache
def page_of(row: type[Any]) -> Any:
    """The envelope of a list of rows."""
    fields = {
        "next": serializers.URLField(allow_null=True),
        "previous": serializers.URLField(allow_null=True),
        "results": row(many=True),
        "__doc__": "One page; `next` and `previous` are null at the ends.",
    }
    return type(f"{row.__name__.removesuffix('Row')}Page", (serializers.Serializer,), fields)


def filter_parameters(filterset: Any) -> list[OpenApiParameter]:
    """The filters of a web list as parameters."""
    if filterset is None:
        return []
    return [_parameter(name, one) for name, one in filterset.base_filters.items()]


def _parameter(name: str, one: Any) -> OpenApiParameter:
    about = str(one.extra.get("label") or one.label or name)
    if isinstance(one, filters.DateFilter):
        return query(name, about, OpenApiTypes.DATE)
    if isinstance(one, filters.ChoiceFilter) and (choices := one.extra.get("choices")):
        return query(name, about, enum=[str(value) for value, _label in choices])
    most = {"maxLength": one.extra["max_length"]} if "max_length" in one.extra else {}
    return query(name, about, {"type": "string", "minLength": 1, **most})
