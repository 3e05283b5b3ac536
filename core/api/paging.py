"""Cursor paging over rows of values: complete and stable while rows are added."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from core.api.problems import BadRequest
from core.paging import Order, beyond, read_values

MAX_SIZE = 500
SIZE = 100


@dataclass(frozen=True)
class Cursor:
    """A place in the list: after (or before) the row with these values of the order's fields."""

    values: list[str]
    back: bool = False

    def __str__(self) -> str:
        text = json.dumps(["b" if self.back else "a", *self.values])
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def page_size(params: Mapping[str, str]) -> int:
    """How many rows a page has; BadRequest for anything but a number from 1 to the most."""
    text = params.get("page_size", str(SIZE))
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else 0
    if not 1 <= number <= MAX_SIZE:
        message = _("A number from 1 to %(most)s is expected.") % {"most": MAX_SIZE}
        raise BadRequest("bad_parameter", message, details={"page_size": [message]})
    return number


@dataclass(frozen=True)
class RowPage:
    """Rows as tuples of ``columns``, and the cursors of the neighbouring pages."""

    columns: list[str]
    rows: list[tuple[Any, ...]]
    after: Cursor | None = None
    before: Cursor | None = None


def row_page(
    queryset: QuerySet[Any], order: Order, wanted: Sequence[str], params: Mapping[str, str]
) -> RowPage:
    """The page that ``params`` name by ``cursor`` and ``page_size``; one query.

    The columns begin with the order's own, the primary key among them; then come those that are ``wanted``.
    """
    size, cursor = page_size(params), _read(params.get("cursor", ""), queryset, order)
    back = cursor is not None and cursor[0]
    order_now = order.reversed() if back else order
    if cursor:
        queryset = queryset.filter(beyond(cursor[1], order_now))
    keys = [name.removeprefix("-") for name in order.names]
    columns = list(dict.fromkeys([*keys, *wanted]))
    rows = list(queryset.order_by(*order_now.names).values_list(*columns)[: size + 1])
    more, rows = len(rows) > size, rows[:size]
    if back:
        rows.reverse()
    if not rows:
        return RowPage(columns, rows)
    ahead, behind = (True, more) if back else (more, cursor is not None)
    first, last = rows[0][: len(keys)], rows[-1][: len(keys)]
    return RowPage(
        columns,
        rows,
        after=_cursor(last) if ahead else None,
        before=_cursor(first, back=True) if behind else None,
    )


def _cursor(values: tuple[Any, ...], *, back: bool = False) -> Cursor:
    return Cursor([str(value) for value in values], back)


def _read(text: str, queryset: QuerySet[Any], order: Order) -> tuple[bool, list[Any]] | None:
    if not text:
        return None
    try:
        way, *values = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, TypeError, RecursionError):
        way, values = "", []
    read = read_values(values, queryset, order) if way in ("a", "b") else None
    if read is None:
        message = _("This cursor was not given out for this list.")
        raise BadRequest("bad_cursor", message, details={"cursor": [message]})
    return way == "b", read


def link(request: HttpRequest, cursor: Cursor | None) -> str | None:
    """The address of a neighbouring page, with everything else that was asked for."""
    if cursor is None:
        return None
    query: QueryDict = request.GET.copy()
    query["cursor"] = str(cursor)
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
