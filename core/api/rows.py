"""What a row of a list looks like: declared once, for the query and for the schema."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request

from core.api.problems import BadRequest
from core.masking import masked

Built = dict[str, Any]


class ApiRequest(Request):
    """A request of somebody who is known, person or system; never made, only named in annotations."""

    user: Any
    data: Any


@dataclass(frozen=True)
class Computed:
    """A field worked out of columns: ``make(request)`` is the function of the values of ``needs``."""

    make: Callable[[Any], Callable[..., Any]]
    needs: tuple[str, ...]


class Row(serializers.ModelSerializer[Any]):
    """Declares the fields of a resource; never run over rows, because dictionaries cost a quarter of it.

    A field's ``source`` names the column (``borrower.borrower_no`` joins). ``computed`` are worked out of
    columns, ``attached`` are added to a whole page by the resource, ``personal`` are masked (kind ``id`` or
    ``phone``) for whoever may not see them.
    """

    computed: ClassVar[Mapping[str, Computed]] = {}
    attached: ClassVar[tuple[str, ...]] = ()
    personal: ClassVar[Mapping[str, str]] = {}

    def get_fields(self) -> dict[str, Any]:
        """None is required, because ``fields=`` leaves out what nobody asked for."""
        fields = super().get_fields()
        for field in fields.values():
            field.required = False
        return fields


def text(source: str, **options: Any) -> serializers.CharField:
    """A text of a joined row."""
    return serializers.CharField(source=source, **options)


class Shape:
    """How rows of some chosen fields are read and built."""

    def __init__(self, row: type[Row], names: Sequence[str]) -> None:
        self.row = row
        self.plain = {name: column for name, column in _columns(row).items() if name in names}
        self.computed = {name: spec for name, spec in row.computed.items() if name in names}
        self.attached = tuple(name for name in row.attached if name in names)
        self.personal = {name: kind for name, kind in row.personal.items() if name in names}
        needs = [column for spec in self.computed.values() for column in spec.needs]
        self.columns = list(dict.fromkeys([*self.plain.values(), *needs]))

    def build(
        self, columns: Sequence[str], rows: Sequence[tuple[Any, ...]], request: Any, *, in_full: bool
    ) -> list[Built]:
        """The dictionaries of rows that were read in the order of ``columns``."""
        names = list(self.plain)
        pick = _picker([columns.index(column) for column in self.plain.values()])
        built = [dict(zip(names, pick(row), strict=True)) for row in rows]
        for name, spec in self.computed.items():
            values = _picker([columns.index(column) for column in spec.needs])
            make = spec.make(request)
            for one, row in zip(built, rows, strict=True):
                one[name] = make(*values(row))
        if not in_full:
            self._mask(built)
        return built

    def _mask(self, built: list[Built]) -> None:
        for name, kind in self.personal.items():
            for one in built:
                if one[name]:
                    one[name] = masked(one[name], kind)


def _picker(positions: Sequence[int]) -> Callable[[tuple[Any, ...]], tuple[Any, ...]]:
    """Picks values of a row by position; always a tuple."""
    if len(positions) == 1:
        at = positions[0]
        return lambda row: (row[at],)
    return itemgetter(*positions) if positions else lambda row: ()


@cache
def _columns(row: type[Row]) -> dict[str, str]:
    others = {*row.computed, *row.attached}
    fields = row().fields.items()
    return {name: str(field.source).replace(".", "__") for name, field in fields if name not in others}


@cache
def field_names(row: type[Row]) -> tuple[str, ...]:
    return tuple(row().fields)


@cache
def whole(row: type[Row]) -> Shape:
    return Shape(row, field_names(row))


def shape_of(row: type[Row], params: Mapping[str, str]) -> Shape:
    """The fields that ``fields=`` names, else all; BadRequest for a name that the resource has not."""
    chosen = params.get("fields", "")
    if not chosen:
        return whole(row)
    names = [name.strip() for name in chosen.split(",")]
    if unknown := sorted(set(names) - set(field_names(row))):
        message = _("Unknown: %(names)s.") % {"names": ", ".join(unknown)[:200]}
        raise BadRequest("unknown_field", message, details={"fields": [message]})
    return Shape(row, names)


def joined(request: ApiRequest) -> Callable[[str], list[str]]:
    """For a column of numbers joined by semicolons: the numbers as a sorted list."""
    return lambda numbers: sorted(filter(None, numbers.split(";")))
