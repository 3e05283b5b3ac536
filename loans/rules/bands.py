"""Floors as date ranges: the small table by which SQL finds the loans that crossed a threshold."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from loans.rules.classes import FloorStep, minimum_class


@dataclass(frozen=True)
class FloorBand:
    """Oldest unpaid due dates (``after`` < date <= ``until``) that give one floor on one day.

    ``after`` None: no lower end. ``until`` None: no upper end, and nothing unpaid at all belongs here too.
    """

    floor_class: str
    after: date | None
    until: date | None


def floor_bands(day: date, steps: Sequence[FloorStep], *, technical: bool = False) -> list[FloorBand]:
    """The bands of a day, newest due dates first; every date falls into exactly one.

    The decision itself is `minimum_class`; here it is only read at the days where it can change.
    """
    starts = {0} | {s.min_dpd for s in steps}
    if technical:
        starts |= {s.technical_until + 1 for s in steps if s.technical_until}
    floors: list[tuple[int, str]] = []
    for days in sorted(starts):
        floor_class = minimum_class(days, steps, technical=technical)
        if not floors or floors[-1][1] != floor_class:
            floors.append((days, floor_class))
    ends = [days for days, _ in floors[1:]]
    return [
        FloorBand(
            floor_class,
            after=day - timedelta(days=end) if end is not None else None,
            until=day - timedelta(days=begin) if begin else None,
        )
        for (begin, floor_class), end in zip(floors, [*ends, None], strict=True)
    ]
