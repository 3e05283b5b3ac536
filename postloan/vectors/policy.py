"""The rows and readings that the rules work with."""

from dataclasses import dataclass

from collections_app.rules import DEFAULT_READINGS as NOTICE_DEFAULTS
from collections_app.rules import NoticeReadings
from core.readings import Readings
from core.workdays import WorkdayCalendar
from duties.rules import ROLL_CHOICES, ROLL_READINGS, Rules, with_roll
from inspections.rules import DEFAULT_READINGS as INSPECTION_DEFAULTS
from inspections.rules import InspectionReadings
from loans.rules import FloorStep
from reports.rules import DEFAULT_READINGS as REPORT_DEFAULTS
from reports.rules import ReportReadings


@dataclass(frozen=True)
class Policy:
    """What the rules work with: calendar, deadlines, floors, and the readings of every app."""

    calendar: WorkdayCalendar
    rules: Rules
    floors: tuple[FloorStep, ...]
    inspection: InspectionReadings = INSPECTION_DEFAULTS
    notice: NoticeReadings = NOTICE_DEFAULTS
    report: ReportReadings = REPORT_DEFAULTS

    @property
    def clock(self) -> tuple[Rules, WorkdayCalendar]:
        """What every deadline is computed with."""
        return self.rules, self.calendar

    def with_reading(self, name: str, value: str) -> "Policy":
        """The policy with one point read otherwise; ValueError for an unknown name or value."""
        known = known_readings()
        if value not in known.get(name, ()):
            expected = known.get(name) or sorted(known)
            raise ValueError(f"unknown reading {name}={value}: one of {', '.join(expected)} expected")
        rules = with_roll(self.rules, name, value) if name in ROLL_READINGS else self.rules
        chosen = {name: value}
        return Policy(
            self.calendar,
            rules,
            self.floors,
            InspectionReadings.from_values(chosen),
            NoticeReadings.from_values(chosen),
            ReportReadings.from_values(chosen),
        )


def known_readings() -> dict[str, tuple[str, ...]]:
    """Every reading with its choices."""
    groups: tuple[type[Readings], ...] = (InspectionReadings, NoticeReadings, ReportReadings)
    by_roll = {name: tuple(ROLL_CHOICES) for name in ROLL_READINGS}
    return by_roll | {name: choices for group in groups for name, choices in group.allowed().items()}
