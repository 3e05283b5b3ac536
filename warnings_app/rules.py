"""Major events: one working day to report, three signatures in order, two filings (EVT-1)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from core.workdays import WorkdayCalendar
from duties.rules import Rules, sla

SIGNATURE_LEVELS = (1, 2, 3)


@dataclass(frozen=True)
class MajorEvent:
    """The deadline of an event report, whether it is fully signed, and what went wrong."""

    due: date
    signoffs_complete: bool
    violations: list[str]


def major_event(
    known: date,
    submitted: date | None,
    signoffs: Mapping[int, date],
    filings: Sequence[date | None],
    as_of: date,
    rules: Rules,
    calendar: WorkdayCalendar,
) -> MajorEvent:
    """The state of an event report signed as {level: date} and filed on the given dates.

    Violations are sorted codes: SUBMIT_LATE, SIGNOFF_BEFORE_SUBMIT, SIGNOFF_ORDER (a level
    missing below a signed one, or signed after it), FILED_BEFORE_SIGNOFF.
    """
    clock = sla(known, submitted, as_of, rules["EVENT_REPORT"], calendar)
    complete = all(level in signoffs for level in SIGNATURE_LEVELS)
    violated = {
        "SUBMIT_LATE": clock.late,
        "SIGNOFF_BEFORE_SUBMIT": any(submitted is None or on < submitted for on in signoffs.values()),
        "SIGNOFF_ORDER": not _in_order(signoffs),
        "FILED_BEFORE_SIGNOFF": any(
            on is not None and (not complete or on < max(signoffs.values())) for on in filings
        ),
    }
    violations = sorted(code for code, is_violated in violated.items() if is_violated)
    return MajorEvent(clock.due, complete, violations)


def _in_order(signoffs: Mapping[int, date]) -> bool:
    """Whether the levels signed are the lowest ones and signed in their order."""
    levels = sorted(signoffs)
    is_gapless = levels == list(SIGNATURE_LEVELS[: len(levels)])
    return is_gapless and all(signoffs[low] <= signoffs[high] for low, high in pairwise(levels))
