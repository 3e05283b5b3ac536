"""What single cells may hold; a column is checked on its distinct values, so cost follows variety."""

import datetime as dt
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from loans.importers.columns import Column, Kind

FIRST_DAY, LAST_DAY = "1900-01-01", "2199-12-31"
MAX_INTEGER = 2**31 - 1
# Both databases keep this many digits exactly; SQLite stores a decimal as a binary float.
MAX_DIGITS = 15

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
INTEGER = re.compile(r"[0-9]{1,10}")
MONEY = rf"[0-9]{{1,{MAX_DIGITS - 2}}}(\.[0-9]{{1,2}})?"


@dataclass(frozen=True)
class Fault:
    """Why a value cannot stand in its column."""

    code: str
    detail: str = ""


Check = Callable[[str], Fault | None]


def faults(column: Column, values: Iterable[str]) -> dict[int, Fault]:
    """The positions of the values that the column cannot take; an empty value is null.

    Nearly all values pass a test that costs next to nothing; only the others are looked at closely.
    """
    surely_good = SURELY_GOOD[column.kind](column)
    doubtful = [(i, value) for i, value in enumerate(values) if not surely_good(value)]
    check = CHECKS[column.kind](column)
    missing = Fault("missing_value") if column.mandatory else None
    return {i: fault for i, value in doubtful if (fault := check(value) if value else missing)}


def _number_of(column: Column) -> Check:
    too_long = _length_check(column)

    def check(value: str) -> Fault | None:
        if ";" in value or not value.isprintable() or value != value.strip():
            return Fault("bad_identifier")
        return too_long(value)

    return check


def _text(column: Column) -> Check:
    too_long = _length_check(column)

    def check(value: str) -> Fault | None:
        if not value.isprintable() and CONTROL.search(value):
            return Fault("not_printable")
        return too_long(value)

    return check


def _length_check(column: Column) -> Check:
    limit = column.value_field.max_length or MAX_INTEGER
    return lambda value: Fault("too_long", str(limit)) if len(value) > limit else None


def _code(column: Column) -> Check:
    allowed = column.choices
    unknown = Fault("unknown_code", ", ".join(str(value) for value, _label in column.field.choices or ()))
    return lambda value: None if value in allowed else unknown


def _codes(column: Column) -> Check:
    one = _code(column)
    return lambda value: next((fault for part in value.split(";") if (fault := one(part))), None)


def _date(column: Column) -> Check:
    def check(value: str) -> Fault | None:
        if not DATE.fullmatch(value) or not _is_date(value):
            return Fault("bad_date")
        return None if FIRST_DAY <= value <= LAST_DAY else Fault("date_out_of_range")

    return check


def _is_date(value: str) -> bool:
    try:
        dt.date.fromisoformat(value)
    except ValueError:
        return value.startswith("0000-")  # no year of the calendar, but a date in form: out of range
    return True


def _decimal(column: Column) -> Check:
    field = column.field
    decimals = int(field.decimal_places)  # type: ignore[attr-defined]
    digits = min(int(field.max_digits) - decimals, MAX_DIGITS - 2)  # type: ignore[attr-defined]
    good = re.compile(rf"{'-?' if column.signed else ''}[0-9]{{1,{digits}}}(\.[0-9]{{1,{decimals}}})?")

    def explain(value: str) -> Fault:
        if not NUMBER.fullmatch(value):
            return Fault("bad_number")
        if value.startswith("-") and not column.signed:
            return Fault("negative")
        _whole, _point, rest = value.removeprefix("-").partition(".")
        if len(rest) > decimals:
            return Fault("too_many_decimals", str(decimals))
        return Fault("number_too_large", str(min(digits, MAX_DIGITS - len(rest))))

    def check(value: str) -> Fault | None:
        exact = len(value) <= MAX_DIGITS or sum(map(str.isdigit, value)) <= MAX_DIGITS
        return None if exact and good.fullmatch(value) else explain(value)

    return check


def _integer(column: Column) -> Check:
    def check(value: str) -> Fault | None:
        return None if INTEGER.fullmatch(value) and int(value) <= MAX_INTEGER else Fault("bad_integer")

    return check


def _flag(column: Column) -> Check:
    return lambda value: None if value in {"0", "1"} else Fault("bad_flag")


# --- tests that run in C --------------------------------------------------------------------------
def _matches(pattern: str) -> Callable[[str], object]:
    return re.compile(pattern).fullmatch


def _among(values: frozenset[str]) -> Callable[[str], object]:
    return values.__contains__


SURELY_GOOD: dict[Kind, Callable[[Column], Callable[[str], object]]] = {
    Kind.NUMBER_OF: lambda column: _matches(rf"[A-Za-z0-9_./-]{{1,{column.value_field.max_length}}}"),
    Kind.TEXT: lambda column: _matches(rf"[^\x00-\x1f\x7f]{{1,{column.value_field.max_length}}}"),
    Kind.CODE: lambda column: _among(column.choices),
    Kind.CODES: lambda column: _among(column.choices),
    Kind.DATE: lambda column: _among(frozenset()),
    Kind.DECIMAL: lambda column: _matches(r"[0-9]{1,3}(\.[0-9]{1,2})?" if _is_narrow(column) else MONEY),
    Kind.INTEGER: lambda column: _matches(r"[0-9]{1,9}"),
    Kind.FLAG: lambda column: _among(frozenset({"0", "1"})),
}


def _is_narrow(column: Column) -> bool:
    """Whether the field holds less than money: a rate."""
    field = column.field
    return bool(field.max_digits - field.decimal_places < MAX_DIGITS - 2)  # type: ignore[attr-defined]


CHECKS: dict[Kind, Callable[[Column], Check]] = {
    Kind.NUMBER_OF: _number_of,
    Kind.TEXT: _text,
    Kind.CODE: _code,
    Kind.CODES: _codes,
    Kind.DATE: _date,
    Kind.DECIMAL: _decimal,
    Kind.INTEGER: _integer,
    Kind.FLAG: _flag,
}
