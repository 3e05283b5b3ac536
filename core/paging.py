"""Keyset paging: a page costs the same at any depth, and nothing is counted to the end."""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import IntegerField, Q, QuerySet, Subquery

COUNT_CAP = 10_000


@dataclass(frozen=True)
class Order:
    """Rows by ``field``, then by primary key in the same direction (``field`` never null)."""

    field: str = "pk"
    descending: bool = False

    def reversed(self) -> "Order":
        return Order(self.field, not self.descending)

    @property
    def names(self) -> list[str]:
        fields = ["pk"] if self.field == "pk" else [self.field, "pk"]
        return [f"-{name}" if self.descending else name for name in fields]


@dataclass(frozen=True)
class KeysetPage:
    """One page of rows and the cursors of its neighbours (empty: there is none)."""

    rows: list[Any]
    after: str = ""
    before: str = ""

    def __iter__(self) -> Any:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


def keyset_page(
    queryset: QuerySet[Any], order: Order, params: Mapping[str, str], size: int = 50
) -> KeysetPage:
    """The page after ``params["after"]``, or before ``params["before"]``, else the first one.

    One query. A cursor that nobody could have been given is taken as none.
    """
    back = "after" not in params and bool(params.get("before"))
    cursor = _read(params.get("before" if back else "after", ""), queryset, order)
    order_now = order.reversed() if back else order
    if cursor:
        queryset = queryset.filter(beyond(cursor, order_now))
    rows = list(queryset.order_by(*order_now.names)[: size + 1])
    more, rows = len(rows) > size, rows[:size]
    if back:
        rows.reverse()
    return _page(rows, order, behind=more if back else bool(cursor), ahead=bool(cursor) if back else more)


def _page(rows: list[Any], order: Order, *, behind: bool, ahead: bool) -> KeysetPage:
    if not rows:
        return KeysetPage(rows)
    return KeysetPage(
        rows,
        after=_write(rows[-1], order) if ahead else "",
        before=_write(rows[0], order) if behind else "",
    )


def beyond(cursor: list[Any], order: Order) -> Q:
    """Rows after the cursor. The leading bound alone lets the database start in the index."""
    sign = "lt" if order.descending else "gt"
    if order.field == "pk":
        return Q(**{f"pk__{sign}": cursor[0]})
    value, pk = cursor
    return Q(**{f"{order.field}__{sign}e": value}) & (
        Q(**{f"{order.field}__{sign}": value}) | Q(**{f"pk__{sign}": pk})
    )


def _write(row: Any, order: Order) -> str:
    value = [str(row.pk)] if order.field == "pk" else [str(getattr(row, order.field)), str(row.pk)]
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _read(text: str, queryset: QuerySet[Any], order: Order) -> list[Any] | None:
    try:
        values = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error):
        return None
    return read_values(values, queryset, order)


def read_values(values: Any, queryset: QuerySet[Any], order: Order) -> list[Any] | None:
    """The texts of a cursor as values of the order's fields; None when they cannot be."""
    meta = queryset.model._meta
    fields = [meta.pk] if order.field == "pk" else [meta.get_field(order.field), meta.pk]
    try:
        if not all(isinstance(value, str) and "\0" not in value for value in values):
            return None
        return [field.to_python(value) for field, value in zip(fields, values, strict=True)]
    except (ValueError, TypeError, OverflowError, ValidationError):
        return None


class CappedCount(Subquery):
    """The number of rows of a sliced queryset, as one column of another query.

    Several of them count the sections of a page in one query, none further than its slice.
    """

    template = "(SELECT COUNT(*) FROM (%(subquery)s) capped)"
    output_field = IntegerField()

    def __init__(self, queryset: QuerySet[Any]) -> None:
        super().__init__(queryset.order_by().values("pk")[: COUNT_CAP + 1])


def capped_count(queryset: QuerySet[Any]) -> int:
    """How many rows, counted no further than one past the cap."""
    return queryset.order_by()[: COUNT_CAP + 1].count()
