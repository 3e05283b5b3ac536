"""A resource is declared; the views of its list and its records are made of the declaration."""

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404
from django.urls import URLPattern, path
from django.utils.cache import patch_vary_headers
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.http import parse_etags
from django.utils.translation import gettext as _
from rest_framework.exceptions import PermissionDenied
from rest_framework.response import Response
from rest_framework.views import APIView

from core import clock
from core.api.limits import Turn, refuse_if_too_many, take_turn
from core.api.paging import link, row_page
from core.api.problems import BadRequest
from core.api.rendering import dumps
from core.api.rows import ApiRequest, Built, Row, Shape, shape_of
from core.paging import Order

LIST_PARAMETERS = ("cursor", "page_size")
PRIVATE = {"Cache-Control": "private, no-cache"}
YEARS = range(1990, 2200)


class Resource:
    """What one address of the API offers.

    ``name`` and ``path`` make the address, ``key`` the fields of ``row`` that name one record (none: a list
    only). ``filterset`` is the one of the web list. ``updated`` is the column behind ``updated_since``.
    """

    name = ""
    path = ""
    row: type[Row]
    key: tuple[str, ...] = ()
    filterset: type[Any] | None = None
    updated = ""
    order = Order()
    tag = ""
    about = ""
    scope = ""

    def admits(self, reader: Any) -> bool:
        """Whether somebody may use this resource at all; which rows, says ``rows``."""
        raise NotImplementedError

    def sees_personal(self, reader: Any) -> bool:
        """Whether personal numbers are shown in full."""
        return False

    def rows(self, request: ApiRequest, **named: str) -> QuerySet[Any]:
        """The rows that the reader may see; ``named`` are the parts of the address."""
        raise NotImplementedError

    def filter_options(self, request: ApiRequest) -> dict[str, Any]:
        """More arguments of the filterset."""
        return {}

    def attach(self, rows: Mapping[Any, Built], names: Sequence[str], request: ApiRequest) -> None:
        """Add the ``attached`` fields to a page of rows by primary key, with a query for all of them."""

    def more(self, record: Built, request: ApiRequest) -> None:
        """Add what only a single record shows."""

    # --- what the views do with it --------------------------------------------------------------
    @property
    def model(self) -> Any:
        return self.row.Meta.model

    @property
    def address(self) -> str:
        return self.path or f"{self.name}/"

    def listed(self, request: ApiRequest, named: Mapping[str, str]) -> dict[str, Any]:
        """One page of the list as it is answered."""
        self._check_parameters(request)
        shape = shape_of(self.row, request.GET)
        queryset, order = self._narrowed(request, self.rows(request, **named))
        page = row_page(queryset, order, shape.columns, request.GET)
        results = self._built(shape, page.columns, page.rows, request)
        return {
            "next": link(request, page.after),
            "previous": link(request, page.before),
            "results": results,
        }

    def single(self, request: ApiRequest, named: Mapping[str, str]) -> Built:
        """One record as it is answered; Http404 when there is none, or not for this reader."""
        self._check_parameters(request, single=True)
        shape = shape_of(self.row, request.GET)
        given = {name: value for name, value in named.items() if name not in self.key}
        columns = list(dict.fromkeys(["pk", *shape.columns]))
        found = self.rows(request, **given).filter(**self._key_lookup(named))
        rows = list(found.values_list(*columns)[:1])
        if not rows:
            raise Http404
        record = self._built(shape, columns, rows, request)[0]
        if "fields" not in request.GET:
            self.more(record, request)
        return record

    def _built(
        self, shape: Shape, columns: list[str], rows: list[tuple[Any, ...]], request: ApiRequest
    ) -> list[Built]:
        in_full = self.sees_personal(request.user)
        built = shape.build(columns, rows, request, in_full=in_full)
        if shape.attached and rows:
            at = columns.index("pk")
            by_pk = {row[at]: one for row, one in zip(rows, built, strict=True)}
            self.attach(by_pk, shape.attached, request)
        return built

    def _key_lookup(self, named: Mapping[str, str]) -> dict[str, Any]:
        sources = {name: str(self.row().fields[name].source).replace(".", "__") for name in self.key}
        return {column: self._key_value(column, named[name]) for name, column in sources.items()}

    def _key_value(self, column: str, text: str) -> Any:
        if "__" in column:
            return text
        try:
            return self.model._meta.get_field(column).to_python(text)
        except (ValidationError, ValueError, OverflowError):
            raise Http404 from None

    # --- filters --------------------------------------------------------------------------------
    def filter_names(self) -> list[str]:
        return list(self.filterset.base_filters) if self.filterset else []

    def _check_parameters(self, request: ApiRequest, *, single: bool = False) -> None:
        """A misspelt filter must not answer with everything."""
        known = {"fields"}
        if not single:
            known |= {*LIST_PARAMETERS, *self.filter_names(), *(["updated_since"] if self.updated else [])}
        if unknown := sorted(set(request.GET) - known):
            message = _("There is no such parameter.")
            raise BadRequest("unknown_parameter", message, details={name: [message] for name in unknown})
        # An empty one is a slip of the caller's, too.
        if empty := sorted(name for name in request.GET if not request.GET[name]):
            message = _("A value is missing.")
            raise BadRequest("bad_parameter", message, details={name: [message] for name in empty})

    def _filtered(self, request: ApiRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.filterset is None:
            return queryset
        if request.GET.keys().isdisjoint(self.filterset.base_filters):
            # A filterset is a third of the cost of a page; most pages are asked for without.
            unfiltered = getattr(self.filterset, "unfiltered", None)
            return unfiltered(queryset) if unfiltered else queryset
        narrowed = self.filterset(
            request.GET, queryset=queryset, request=request, **self.filter_options(request)
        )
        if not narrowed.is_valid():
            raise BadRequest("bad_parameter", _("A filter cannot be read."), details=dict(narrowed.errors))
        return narrowed.qs

    def _narrowed(self, request: ApiRequest, queryset: QuerySet[Any]) -> tuple[QuerySet[Any], Order]:
        queryset = self._filtered(request, queryset)
        if self.updated and (since := request.GET.get("updated_since")):
            changed = queryset.filter(**{f"{self.updated}__gte": _instant(since)})
            return changed, Order(self.updated)
        return queryset, self.order


def _instant(text: str) -> dt.datetime:
    """An instant, or a date at the bank; without a zone it is the bank's time."""
    try:
        day = parse_date(text)
        instant = dt.datetime.combine(day, dt.time.min) if day else parse_datetime(text)
    except ValueError:
        instant = None
    if instant is None or instant.year not in YEARS:
        message = _("An instant like 2026-06-30T18:00:00+08:00 is expected.")
        raise BadRequest("bad_parameter", message, details={"updated_since": [message]})
    return instant if instant.tzinfo else instant.replace(tzinfo=clock.SHANGHAI)


class ApiView(APIView):
    """Base of all views: who asks, how often, and whether they may."""

    resource: Any = None
    http_method_names = ["get", "head", "post"]
    turn: Turn | None = None

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        texts = [*request.GET, *(value for values in request.GET.lists() for value in values[1])]
        if any("\x00" in text for text in [*texts, *map(str, kwargs.values())]):
            raise BadRequest("bad_request", _("A parameter holds a character that no text has."))
        super().initial(request, *args, **kwargs)

    def perform_authentication(self, request: Any) -> None:
        """Whoever is known is counted before anything else is looked at."""
        super().perform_authentication(request)
        if request.user and request.user.is_authenticated:
            self.turn = take_turn(request.user)
            refuse_if_too_many(self.turn)

    def check_permissions(self, request: Any) -> None:
        super().check_permissions(request)
        if not self.admits(request):
            scope = self.resource.scope if self.resource else ""
            message = _("This needs the scope %(scope)s, or a role that includes it.") % {"scope": scope}
            raise PermissionDenied(message, code="scope_missing")

    def admits(self, request: ApiRequest) -> bool:
        return self.resource is None or self.resource.admits(request.user)

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        for name, value in {**PRIVATE, **(self.turn.headers if self.turn else {})}.items():
            response.headers.setdefault(name, value)
        patch_vary_headers(response, ["Authorization"])
        return response


class ListView(ApiView):
    """The list of a resource."""

    is_list = True

    def get(self, request: ApiRequest, **named: str) -> Response:
        return Response(self.resource.listed(request, named))


class RecordView(ApiView):
    """One record, with an ETag by which it need not be sent again."""

    def get(self, request: ApiRequest, **named: str) -> Response:
        body = dumps(self.resource.single(request, named))
        etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        known = parse_etags(request.headers.get("If-None-Match", ""))
        if "*" in known or etag in (tag.removeprefix("W/") for tag in known):
            return Response(status=304, headers={"ETag": etag})
        return Response(body, headers={"ETag": etag})


def addresses(resource: Resource, view: type[ListView] = ListView) -> list[URLPattern]:
    """The URL of the list, and of a record where there are records."""
    patterns = [path(resource.address, view.as_view(resource=resource), name=resource.name)]
    if resource.key:
        parts = "/".join(f"<str:{name}>" for name in resource.key)
        record = RecordView.as_view(resource=resource)
        patterns.append(path(f"{resource.address}{parts}/", record, name=f"{resource.name}_record"))
    return patterns
