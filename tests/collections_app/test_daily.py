"""The published vectors as facts: the real steps run the days, and the duties are those of the vectors."""

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from django.db.models import Q

from core.periods import month_end
from core.selectors import workday_calendar
from duties.closing import finish
from duties.enums import CloseReason
from duties.models import Duty
from duties.planning import ONE_DAY, RunContext
from duties.rules import ROLL_READINGS, with_roll
from duties.selectors import rules_in_force
from loans.models import Borrower, Guarantee, Instalment, Loan, LoanChange, LoanClassification
from tests.builders import EPOCH, day
from tests.cast import Cast
from tests.collections_app.stories import close
from tests.handbook import VECTORS

pytestmark = pytest.mark.django_db

LIVE = dt.date(2023, 12, 1)
YEAR = dt.timedelta(days=365)
NOTICES = ("maturity_notice", "maturity_dunning", "interest_reminder", "interest_dunning", "notice_tasks")
READINGS = (
    "",
    "due_on_non_workday=next_workday",
    "paid_before_dunning_deadline=stays",
    "maturity_notice_non_workday=keep_date",
    "maturity_notice_non_workday=next_workday",
)
AHEAD = {"MATURITY_NOTICE", "INTEREST_REMINDER"}
CHECKS = {"MATURITY_CHECK", "INTEREST_CHECK"}
LETTERS = {"DUN_PRINCIPAL", "GUARANTOR_NOTICE", "DUN_INTEREST"}
Case = Mapping[str, Any]


def cases(file: str, *rules: str) -> list[Case]:
    return [c for c in json.loads((VECTORS / file).read_text()) if c["rule"] in rules]


def contexts(days: set[dt.date], reading: str = "") -> Iterator[RunContext]:
    """The runs of these days, oldest first, after going live; on the days between them nothing happens."""
    name, _, choice = reading.partition("=")
    rules, calendar = rules_in_force(LIVE), workday_calendar()
    if name in ROLL_READINGS:
        rules, name = with_roll(rules, name, choice), ""
    for one in (LIVE, *sorted(days)):
        yield RunContext(
            day=one,
            previous=one - ONE_DAY if one > LIVE else None,
            started_on=LIVE,
            judged_to=one,
            rules=rules,
            calendar=calendar,
            readings=lambda readings_type: readings_type.from_values({name: choice}),
        )


# --- the vectors as facts


class Book:
    """One borrower and one loan per case, written in bulk; the loan number is the case's id."""

    def __init__(self, cast: Cast) -> None:
        self.branch, self.officer = cast.branches["S01"], cast.rm_a
        self.loans: dict[str, Loan] = {}
        self.rows: list[Any] = []

    def loan(self, number: str, disbursed: dt.date, matures: dt.date, **fields: Any) -> Loan:
        classification = fields.pop("classification", "normal")
        borrower = Borrower(
            borrower_no=number,
            name=number,
            borrower_type="corporate",
            branch=self.branch,
            officer=self.officer,
            updated_at=EPOCH,
        )
        self.loans[number] = Loan(
            loan_no=number,
            borrower=borrower,
            branch=self.branch,
            officer=self.officer,
            principal=1000,
            balance=1000,
            disbursed_on=disbursed,
            matures_on=matures,
            repayment_method="interest_only",
            delivered_regime="regular",
            regime="regular",
            delivered_class=classification,
            approved_class=classification,
            classification=classification,
            first_seen_on=LIVE,
            updated_at=EPOCH,
            **fields,
        )
        return self.loans[number]

    def instalment(self, loan: Loan, due: dt.date, paid: str | None, *, principal: int = 0) -> None:
        seq = sum(isinstance(row, Instalment) and row.loan is loan for row in self.rows) + 1
        interest = 0 if principal else 10
        self.rows.append(
            Instalment(
                loan=loan,
                seq=seq,
                due_on=due,
                principal_due=principal,
                interest_due=interest,
                paid_on=paid and day(paid),
            )
        )

    def guarantee(self, loan: Loan, number: str) -> None:
        self.rows.append(
            Guarantee(
                loan=loan,
                guarantor_no=number,
                name=number,
                guarantor_type="corporate",
                liability="joint",
                expires_on=loan.matures_on + YEAR / 2,
                updated_at=EPOCH,
            )
        )

    def save(self) -> None:
        loans = list(self.loans.values())
        Borrower.objects.bulk_create([loan.borrower for loan in loans])
        Loan.objects.bulk_create(loans)
        for model in (Instalment, Guarantee, LoanClassification):
            model.objects.bulk_create([row for row in self.rows if isinstance(row, model)])
        LoanChange.objects.bulk_create([LoanChange(loan=loan, cause="import") for loan in loans])


def put_in_book(book: Book, case: Case) -> None:
    """The loan of a case: each interest date an instalment, and one of principal at maturity."""
    given = case["input"]
    dates = dict(dates_of(case))
    matures = day(given["maturity"]) if "maturity" in given else min(dates) + 4 * YEAR
    loan = book.loan(case["id"], min(dates) - YEAR, matures)
    interest = [(day(one["date"]), one["paid"]) for one in given.get("interest", ())]
    if "interest_date" in given:
        interest += dates.items()
    for on, paid in interest:
        book.instalment(loan, on, paid)
    paid = given.get("maturity_paid", given.get("paid")) if "maturity" in given else None
    book.instalment(loan, matures, paid, principal=1000)
    for number in given.get("guarantors", ()):
        book.guarantee(loan, number)


def eventful_days(chosen: list[Case], reading: str) -> set[dt.date]:
    """The eves of what opens, five working days before a notice is due; the dates; the payments."""
    return {one for case in chosen for one in _days_of(case, reading)}


def _days_of(case: Case, reading: str) -> Iterator[dt.date]:
    calendar = workday_calendar()
    for code, _, due in expected_duties(case, reading):
        if code in AHEAD:
            yield calendar.add_workdays(day(due), -5) - ONE_DAY
        if code in CHECKS:
            yield day(due) - ONE_DAY
    for on, paid in dates_of(case):
        yield calendar.next_workday(on) if reading.startswith("due_on") else on
        if paid:
            yield day(paid)


def dates_of(case: Case) -> Iterator[tuple[dt.date, str | None]]:
    """The maturity and the interest dates of a case, each with the day it was paid."""
    given = case["input"]
    if "maturity" in given:
        yield day(given["maturity"]), given.get("maturity_paid", given.get("paid"))
    if "interest_date" in given:
        yield day(given["interest_date"]), given.get("paid")
    for one in given.get("interest", ()):
        yield day(one["date"]), one["paid"]


# --- what the vectors expect, and what the run found


def expected_duties(case: Case, reading: str) -> set[tuple[str, str, str]]:
    """(code, subject, due) of the duties that the vector names."""
    number, answer = case["id"], case.get("alternatives", {}).get(reading, case["expected"])
    if case["rule"] == "notice_tasks":
        return {_duty_of_task(number, task) for task in answer["tasks"]}
    if case["rule"] == "maturity_dunning":
        return {_letter(number, letter["to"], answer["deadline"]) for letter in answer["letters"]}
    code = {"maturity_notice": "MATURITY_NOTICE", "interest_reminder": "INTEREST_REMINDER"}.get(
        case["rule"], "DUN_INTEREST"
    )
    return {(code, number, due) for due in answer.values() if due}


def _letter(number: str, to: str, due: str) -> tuple[str, str, str]:
    return ("DUN_PRINCIPAL", number, due) if to == "borrower" else ("GUARANTOR_NOTICE", f"{number}/{to}", due)


def _duty_of_task(number: str, task: Mapping[str, str]) -> tuple[str, str, str]:
    name, _, to = task["task"].partition(":")
    if to:
        return _letter(number, to, task["date"])
    codes = {
        "maturity_notice": "MATURITY_NOTICE",
        "maturity_day_check": "MATURITY_CHECK",
        "interest_reminder": "INTEREST_REMINDER",
        "interest_day_check": "INTEREST_CHECK",
        "interest_dunning": "DUN_INTEREST",
    }
    return codes[name], number, task["date"]


CODES_OF_RULE = {
    "maturity_notice": {"MATURITY_NOTICE"},
    "maturity_dunning": {"DUN_PRINCIPAL", "GUARANTOR_NOTICE"},
    "interest_reminder": {"INTEREST_REMINDER"},
    "interest_dunning": {"DUN_INTEREST"},
    "notice_tasks": {
        *("MATURITY_NOTICE", "MATURITY_CHECK", "INTEREST_REMINDER", "INTEREST_CHECK"),
        *("DUN_PRINCIPAL", "GUARANTOR_NOTICE", "DUN_INTEREST"),
    },
}


def found_duties(case: Case) -> set[tuple[str, str, str]]:
    """Duties of the case's loan; a letter that lapsed in time is owed no more."""
    duties = Duty.objects.filter(loans=case["id"], code__in=CODES_OF_RULE[case["rule"]])
    return {
        (duty.code, duty.subject_no, duty.due_on.isoformat())
        for duty in duties
        if duty.code not in LETTERS or duty.state == "open" or duty.missed
    }


@pytest.mark.slow
@pytest.mark.parametrize("reading", READINGS, ids=lambda reading: reading or "default")
def test_the_run_finds_the_notices_of_the_vectors(cast: Cast, reading: str) -> None:
    chosen = [
        case
        for case in cases("notices.json", *NOTICES)
        if not reading or reading in case.get("alternatives", {})
    ]
    book = Book(cast)
    for case in chosen:
        put_in_book(book, case)
    book.save()
    for context in contexts(eventful_days(chosen, reading), reading):
        close(context)
    for case in chosen:
        assert found_duties(case) == expected_duties(case, reading), (case["id"], case["input"])


def test_the_run_finds_the_months_of_npl_dunning_of_the_vectors(cast: Cast) -> None:
    chosen = cases("events.json", "npl_collection_months")
    book = Book(cast)
    dunned: dict[dt.date, list[str]] = {}
    for case in chosen:
        given = case["input"]
        classes = [(day(entry["from"]), entry["value"]) for entry in given["classes"]]
        settled = day(given["settled"]) if given["settled"] else None
        loan = book.loan(
            case["id"],
            classes[0][0],
            dt.date(2030, 1, 1),
            settled_on=settled,
            ended_on=settled,
            classification=classes[0][1],
        )
        book.rows += [
            LoanClassification(loan=loan, effective_on=on, classification=value, source="history_file")
            for on, value in classes
        ]
        for on in given["collections"]:
            dunned.setdefault(day(on), []).append(case["id"])
    book.save()
    days = {month_end(dt.date(2025, month, 1)) for month in range(1, 13)} | {dt.date(2024, 12, 31), *dunned}
    days |= set(LoanClassification.objects.values_list("effective_on", flat=True))
    for context in contexts({one for one in days if one > LIVE}):
        for borrower_no in dunned.get(context.day, ()):
            month = f"{context.day:%Y-%m}"
            duty = Duty.objects.filter(code="NPL_DUN", subject_no=borrower_no, period_key=month)
            assert finish(duty, on=context.day, done_on=context.day, reason=CloseReason.EVIDENCE) == 1
        close(context)
    for case in chosen:
        owed = Duty.objects.filter(
            Q(state="open") | Q(missed=True), code="NPL_DUN", subject_no=case["id"], due_on__year=2025
        ).order_by("due_on")
        assert [duty.period_key for duty in owed] == case["expected"]["missing"], case["id"]
        assert all(duty.due_on == month_end(duty.due_on) and duty.loans == case["id"] for duty in owed)
