"""The handbook as the pure rules need it: calendar, deadlines, floors, without a database."""

import csv
from datetime import date, timedelta
from pathlib import Path

import chinese_calendar

from core.workdays import WorkdayCalendar
from duties.rules import Rule, rules_from_rows
from loans.rules import FloorStep

ROOT = Path(__file__).resolve().parent.parent
VECTORS = ROOT / "tests" / "data" / "vectors"


def day(text: str) -> date:
    return date.fromisoformat(text)


def state_council_calendar(
    first: date = date(2004, 1, 1), last: date = date(2026, 12, 31)
) -> WorkdayCalendar:
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return WorkdayCalendar.from_rows((d, chinese_calendar.is_workday(d), True) for d in days)


def seed_rules() -> dict[str, Rule]:
    with (ROOT / "duties" / "data" / "duty_rules.csv").open(encoding="utf-8", newline="") as file:
        return rules_from_rows(csv.DictReader(file))


CALENDAR = state_council_calendar()
RULES = seed_rules()
FLOORS = (
    FloorStep(1, "special_mention", "2.1", technical_until=7),
    FloorStep(91, "substandard", "2.1"),
    FloorStep(271, "doubtful", "2.1"),
    FloorStep(361, "loss", "2.1"),
)
