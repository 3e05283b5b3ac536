"""Deadlines as data: what a row of the master deadline table (domain rules 1.0) says about a date.

Pure functions over `Rule` rows and the working-day calendar. The rows live in `DutyRule`,
seeded from `duties/data/duty_rules.csv`; no other module knows the length of a deadline.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from core.periods import add_months
from core.workdays import ROLLS, WorkdayCalendar

UNITS = ("calendar_day", "workday", "month")
OPENS = ("anchor", "period_last_month", "workdays_before_due", "calendar_days_before_due")


@dataclass(frozen=True)
class Rule:
    """One duty's deadline: so many units from the anchor, and when the duty becomes visible.

    `offset` is negative for "before the anchor". `roll` moves a deadline that falls on a day
    off. `opens_before` counts the days of an `opens` that says "before due". `id` is the row
    that a decision used, when the rule came from the database. ValueError for a unit, roll or
    opens that does not exist.
    """

    code: str
    clause: str
    title: str
    subject_type: str
    anchor: str
    offset: int
    unit: str
    roll: str
    opens: str
    opens_before: int
    owner_role: str
    id: int | None = None

    def __post_init__(self) -> None:
        for name, known in {"unit": UNITS, "roll": ROLLS, "opens": OPENS}.items():
            if getattr(self, name) not in known:
                raise ValueError(f"{self.code}: {name} {getattr(self, name)!r} is none of {', '.join(known)}")


@dataclass(frozen=True)
class Sla:
    """A deadline and whether it was missed."""

    due: date
    late: bool


Rules = Mapping[str, Rule]

ROLL_READINGS = {
    "first_inspection_non_workday": "FIRST_INSPECTION",
    "maturity_notice_non_workday": "MATURITY_NOTICE",
}
"""Open points of the handbook that are decided by the `roll` of a rule's row."""

ROLL_CHOICES = {"keep_date": "keep", "next_workday": "next", "previous_workday": "previous"}


def rules_from_rows(rows: Iterable[Mapping[str, str]]) -> dict[str, Rule]:
    """Rules by code from rows of text, such as the seed file read with `csv.DictReader`."""
    return {row["code"]: _rule_from_row(row) for row in rows}


def _rule_from_row(row: Mapping[str, str]) -> Rule:
    values: dict[str, Any] = dict(row)
    return Rule(**values | {name: int(row[name]) for name in ("offset", "opens_before")})


def with_roll(rules: Rules, reading: str, choice: str) -> dict[str, Rule]:
    """The rules with one of `ROLL_READINGS` decided otherwise; KeyError for an unknown choice."""
    code = ROLL_READINGS[reading]
    return {**rules, code: replace(rules[code], roll=ROLL_CHOICES[choice])}


def deadline(anchor: date, rule: Rule, calendar: WorkdayCalendar) -> date:
    """The last day still on time (CAL-2 to CAL-5); the anchor itself is day 0."""
    return calendar.roll(_shifted(anchor, rule, calendar), rule.roll)


def _shifted(anchor: date, rule: Rule, calendar: WorkdayCalendar) -> date:
    if rule.unit == "workday":
        return calendar.add_workdays(anchor, rule.offset)
    if rule.unit == "month":
        return add_months(anchor, rule.offset)
    return anchor + timedelta(days=rule.offset)


def opens_on(anchor: date, due: date, rule: Rule, calendar: WorkdayCalendar) -> date:
    """The day from which the duty exists, never after it is due.

    `anchor`: at the anchor. `period_last_month`: on the first day of the month in which the
    anchor, a period's end, lies. `workdays_before_due`, `calendar_days_before_due`:
    `opens_before` days before the deadline (CAL-3).
    """
    if rule.opens == "period_last_month":
        return anchor.replace(day=1)
    if rule.opens == "workdays_before_due":
        return calendar.add_workdays(due, -rule.opens_before)
    if rule.opens == "calendar_days_before_due":
        return due - timedelta(days=rule.opens_before)
    return min(anchor, due)


def sla(anchor: date, done: date | None, as_of: date, rule: Rule, calendar: WorkdayCalendar) -> Sla:
    """The deadline of one act counted from its anchor, and whether it was missed."""
    due = deadline(anchor, rule, calendar)
    return Sla(due, is_late(due, done, as_of))


def is_late(due: date, done: date | None, as_of: date) -> bool:
    """Whether the deadline was, or by the close of `as_of` is, missed.

    What was done is judged by its own date (CAL-9), even one after `as_of`.
    """
    return (done or as_of) > due


@dataclass(frozen=True)
class Stage:
    """A step of reminding: reached so many working days after the deadline (negative: before).

    `recipient` is `owner` or the role in the duty's branch that it is escalated to.
    """

    name: str
    workdays: int
    recipient: str = "owner"


STAGES: tuple[Stage, ...] = (
    Stage("soon", -3),
    Stage("today", 0),
    Stage("overdue", 1),
    Stage("escalated_supervisor", 3, "supervisor"),
    Stage("escalated_head", 10, "department_head"),
)
"""A product choice, no clause: remind in stages, escalate rather than repeat."""


def newest_due_reaching(stage: Stage, today: date, calendar: WorkdayCalendar) -> date:
    """The newest deadline that has reached the stage on `today`; older ones have reached it too."""
    if stage.workdays <= 0:
        return calendar.add_workdays(today, -stage.workdays)
    # The newest day whose n-th following working day is not after today: the eve of that working day's count.
    return calendar.add_workdays(calendar.add_workdays(today, 1), -stage.workdays) - timedelta(days=1)


@dataclass(frozen=True)
class NewlyReached:
    """The deadlines that newly reach a stage on one working day: after `before`, up to `newest`.

    So does what was opened since the working day before (`since`) and is already past `newest`'s mark.
    """

    stage: Stage
    before: date
    newest: date
    since: date

    def includes(self, due: date, opened: date) -> bool:
        return due <= self.newest and (due > self.before or opened >= self.since)


def newly_reached(today: date, calendar: WorkdayCalendar) -> list[NewlyReached]:
    """What newly reaches each stage on a working day, the first stage first; a duty counts in the last."""
    since = calendar.add_workdays(today, -1)
    return [
        NewlyReached(
            stage,
            before=newest_due_reaching(stage, since, calendar),
            newest=newest_due_reaching(stage, today, calendar),
            since=since,
        )
        for stage in STAGES
    ]
