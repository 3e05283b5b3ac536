"""Columns of numbers as columns of text, the quickest way that plain Python has."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from typing import Any

from numpy.typing import NDArray

CHUNK = 200_000
Numbers = NDArray[Any]


def chunks(length: int, size: int = CHUNK) -> Iterator[slice]:
    """Slices that cover the length, none when it is 0."""
    return (slice(start, min(start + size, length)) for start in range(0, length, size))


def money(cents: Numbers) -> list[str]:
    """Amounts with two decimals and a point."""
    return [f"{c // 100}.{c % 100:02d}" for c in cents.tolist()]


def dates(days: Numbers, *, missing: str = "") -> list[str]:
    """ISO dates of days since 1970; `missing` for those below 0."""
    calendar = _calendar()
    return [calendar[day] if day >= 0 else missing for day in days.tolist()]


def numbered(prefix: str, positions: Numbers, width: int = 8) -> list[str]:
    """Business numbers made of a prefix and a position, such as L00000001."""
    return [f"{prefix}{position:0{width}d}" for position in positions.tolist()]


def coded(codes: tuple[str, ...], positions: Numbers) -> list[str]:
    """The codes at the positions."""
    return [codes[position] for position in positions.tolist()]


def same(value: str, length: int) -> list[str]:
    """A column that says the same in every row."""
    return [value] * length


@cache
def _calendar() -> list[str]:
    start = date(1970, 1, 1)
    return [(start + timedelta(days=n)).isoformat() for n in range(36_500)]
