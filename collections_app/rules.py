"""Notices, dunning and the dates that end claims (RPY-1/3/5, INT-1 to INT-3, NPL-1, Civil Code)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from core.history import History, value_on
from core.periods import Period, period_containing, period_ends
from core.readings import Readings, reading
from core.workdays import WorkdayCalendar
from duties.rules import Rules, deadline
from loans.rules import is_non_performing

BORROWER = "borrower"
DUNNING = "dunning"
GUARANTEE_PERFORMANCE = "guarantee_performance"


@dataclass(frozen=True)
class NoticeReadings(Readings):
    """The choices of the policy officer about notices.

    A maturity notice that falls on a day off is decided by the roll of its `DutyRule`.
    """

    due_on_non_workday: str = reading("not_shifted", "next_workday")
    paid_before_dunning_deadline: str = reading("lapses", "stays")


DEFAULT_READINGS = NoticeReadings()


@dataclass(frozen=True)
class Dunning:
    """The letters owed for an unpaid maturity as (letter, addressee), all by one deadline."""

    deadline: date | None
    letters: list[tuple[str, str]]


@dataclass(frozen=True, order=True)
class NoticeTask:
    """Something owed on a day about the maturity or interest date `about`."""

    on: date
    task: str
    about: date


def effective_due(due: date, calendar: WorkdayCalendar, readings: NoticeReadings) -> date:
    """The day from which deadlines count: the contract date, or the working day it moves to."""
    return calendar.next_workday(due) if readings.due_on_non_workday == "next_workday" else due


def maturity_notice(
    maturity: date,
    rules: Rules,
    calendar: WorkdayCalendar,
    readings: NoticeReadings,
    *,
    disbursed_on: date | None = None,
) -> date:
    """The last day to send the maturity notice; a loan shorter than that gets it at disbursement."""
    due = _due("MATURITY_NOTICE", maturity, rules, calendar, readings)
    return max(due, disbursed_on) if disbursed_on else due


def maturity_check(maturity: date, rules: Rules, calendar: WorkdayCalendar, readings: NoticeReadings) -> date:
    """The day on which repayment of the matured loan is checked, even a day off (RPY-3)."""
    return _due("MATURITY_CHECK", maturity, rules, calendar, readings)


def maturity_dunning(
    maturity: date,
    paid: date | None,
    guarantors: Iterable[str],
    rules: Rules,
    calendar: WorkdayCalendar,
    readings: NoticeReadings,
) -> Dunning:
    """The letters to the borrower and to every guarantor when a matured loan is not fully paid.

    One demand does not bind another guarantor, so each gets its own (RPY-5).
    """
    due = _due("DUN_PRINCIPAL", maturity, rules, calendar, readings)
    if not _is_owed(maturity, paid, due, calendar, readings):
        return Dunning(None, [])
    demands = [(GUARANTEE_PERFORMANCE, guarantor) for guarantor in sorted(guarantors)]
    return Dunning(due, [(DUNNING, BORROWER), *demands])


def interest_reminder(
    interest_date: date, rules: Rules, calendar: WorkdayCalendar, readings: NoticeReadings
) -> date:
    """The last day to remind the borrower of an interest date (INT-1)."""
    return _due("INTEREST_REMINDER", interest_date, rules, calendar, readings)


def interest_check(
    interest_date: date, rules: Rules, calendar: WorkdayCalendar, readings: NoticeReadings
) -> date:
    """The day on which payment of the interest is checked (INT-2)."""
    return _due("INTEREST_CHECK", interest_date, rules, calendar, readings)


def interest_dunning(
    interest_date: date,
    paid: date | None,
    rules: Rules,
    calendar: WorkdayCalendar,
    readings: NoticeReadings,
) -> date | None:
    """The last day for the written dunning of unpaid interest; None when none is owed (INT-3)."""
    due = _due("DUN_INTEREST", interest_date, rules, calendar, readings)
    return due if _is_owed(interest_date, paid, due, calendar, readings) else None


def notice_tasks(
    maturity: date,
    maturity_paid: date | None,
    guarantors: Iterable[str],
    interest: Iterable[tuple[date, date | None]],
    rules: Rules,
    calendar: WorkdayCalendar,
    readings: NoticeReadings,
) -> list[NoticeTask]:
    """Every notice, check and letter of a loan in order of date.

    `interest` holds the interest dates with the day each was fully paid.
    """
    about_maturity: list[tuple[date | None, str]] = [
        (maturity_notice(maturity, rules, calendar, readings), "maturity_notice"),
        (maturity_check(maturity, rules, calendar, readings), "maturity_day_check"),
    ]
    dunning = maturity_dunning(maturity, maturity_paid, guarantors, rules, calendar, readings)
    about_maturity += [(dunning.deadline, f"{letter}:{to}") for letter, to in dunning.letters]
    tasks: list[tuple[date | None, str, date]] = [(on, task, maturity) for on, task in about_maturity]
    for day, paid in interest:
        tasks += [
            (interest_reminder(day, rules, calendar, readings), "interest_reminder", day),
            (interest_check(day, rules, calendar, readings), "interest_day_check", day),
            (interest_dunning(day, paid, rules, calendar, readings), "interest_dunning", day),
        ]
    return sorted(NoticeTask(on, task, about) for on, task, about in tasks if on)


def npl_collection_months(
    classes: History[str],
    ended_on: date | None,
    collections: Iterable[date],
    first_month: date,
    last_month: date,
) -> list[Period]:
    """The months without dunning at whose last day the borrower was non-performing (NPL-1).

    `ended_on` is the day the debt was settled, written off or handed over.
    """
    dunned = {period_containing(day, "month") for day in collections}
    months = period_ends(first_month.replace(day=1), period_containing(last_month, "month").end, "month")
    return [
        month
        for month in months
        if month not in dunned
        and classes[0][0] <= month.end
        and is_non_performing(value_on(classes, month.end))
        and (ended_on is None or ended_on > month.end)
    ]


def guarantee_expiry(
    principal_due: date, agreed_end: date | None, rules: Rules, calendar: WorkdayCalendar
) -> date:
    """The day the guarantee period ends: as agreed, else counted from the principal's due date.

    It is never suspended, interrupted or extended, and does not move off a day off
    (Civil Code 692).
    """
    return agreed_end or deadline(principal_due, rules["GUARANTEE_EXPIRY"], calendar)


def limitation_expiry(starts_on: date, rules: Rules, calendar: WorkdayCalendar) -> date:
    """The day limitation runs out, counted from the last instalment's due date or from the latest
    event that interrupted it (Civil Code 188, 189, 195)."""
    return deadline(starts_on, rules["LIMITATION_EXPIRY"], calendar)


def _due(code: str, anchor: date, rules: Rules, calendar: WorkdayCalendar, readings: NoticeReadings) -> date:
    return deadline(effective_due(anchor, calendar, readings), rules[code], calendar)


def _is_owed(
    anchor: date, paid: date | None, due: date, calendar: WorkdayCalendar, readings: NoticeReadings
) -> bool:
    """Whether a letter about an amount is owed: unpaid at its due date and, by default, at the deadline."""
    stays = readings.paid_before_dunning_deadline == "stays"
    excused_until = effective_due(anchor, calendar, readings) if stays else due
    return paid is None or paid > excused_until


# --- letters

PAY_WITHIN_DAYS = 7
RECEIPT_WORKDAYS = 5


@dataclass(frozen=True)
class Due:
    """What is still to be paid of one due date."""

    on: date
    principal: Decimal
    interest: Decimal


@dataclass(frozen=True)
class Debt:
    """Principal and interest; penalty interest is known to the core system alone."""

    principal: Decimal = Decimal(0)
    interest: Decimal = Decimal(0)
    since: date | None = None

    @property
    def total(self) -> Decimal:
        return self.principal + self.interest

    def __add__(self, other: "Debt") -> "Debt":
        known = [day for day in (self.since, other.since) if day]
        return Debt(
            self.principal + other.principal, self.interest + other.interest, min(known, default=None)
        )


def debt_of(dues: Iterable[Due]) -> Debt:
    """The sum of due dates, and the oldest of them on which anything is unpaid."""
    rows = [due for due in dues if due.principal or due.interest]
    return Debt(
        sum((due.principal for due in rows), Decimal(0)),
        sum((due.interest for due in rows), Decimal(0)),
        min((due.on for due in rows), default=None),
    )


def arrears(dues: Iterable[Due], on: date) -> Debt:
    """What was due before a day and is unpaid."""
    return debt_of(due for due in dues if due.on < on)


def receipt_expected(sent_on: date, calendar: WorkdayCalendar) -> date:
    """When the signed receipt should be back (INT-4)."""
    return calendar.add_workdays(sent_on, RECEIPT_WORKDAYS)


def is_receipt_complete(*, personal: bool, sealed: bool) -> bool:
    """A company signs and seals; a person's signature or fingerprint suffices (INT-4)."""
    return personal or sealed
