"""The steps of the daily run say the same as the pure rules, case by case and day by day."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from core.periods import Period
from duties.models import Duty
from inspections.daily import STEPS
from inspections.rules import (
    REPORT_CODES,
    InspectedLoan,
    InspectionReadings,
    borrower_reports,
    first_inspection,
    is_counted,
    worklog_shortfall,
)
from loans.models import Borrower, Loan
from tests.builders import build_borrower, day
from tests.cast import Cast
from tests.handbook import CALENDAR, RULES
from tests.inspections.books import (
    FACTS,
    Books,
    close,
    contexts,
    deliver,
    known_at,
    load,
    loan_of,
    random_books,
    run,
    vectors,
    write_histories,
)

pytestmark = pytest.mark.django_db

Entries = dict[str, set[tuple[Any, ...]]]
ALTERNATIVES = sorted(
    name
    for name in {name for case in vectors() for name in case.get("alternatives", {})}
    # Decided by the rule's roll, not by a reading of inspections.
    if not name.startswith("first_inspection_non_workday")
)


# --- the published cases


@pytest.mark.slow
def test_days_answer_every_vector(cast: Cast) -> None:
    cases = vectors()
    assert len(cases) == 116
    assert answers(cast, cases, InspectionReadings()) == expected_answers(cases)


@pytest.mark.slow
@pytest.mark.parametrize("alternative", ALTERNATIVES)
def test_days_answer_as_the_bank_reads_its_handbook(cast: Cast, alternative: str) -> None:
    cases = vectors(alternative)
    name, _, value = alternative.partition("=")
    assert cases
    assert answers(cast, cases, InspectionReadings(**{name: value})) == expected_answers(cases)


def answers(cast: Cast, cases: list[dict[str, Any]], readings: InspectionReadings) -> dict[str, Any]:
    """All cases as borrowers of one book, whose days are closed once."""
    books = {case["id"]: [loan_of(case)] for case in cases}
    load(cast, books)
    first = min(day(case["input"]["disbursement"]) for case in cases) - timedelta(days=3)
    last = max(day(case["input"]["end"]) for case in cases) + timedelta(days=30)
    run(books, first, last, readings=readings)
    return {case["id"]: _answer(case) for case in cases}


def _answer(case: dict[str, Any]) -> dict[str, Any]:
    given = case["input"]
    duties = Duty.objects.exclude(state="lapsed").filter(borrower_no=case["id"])
    types = {code: report_type for report_type, code in REPORT_CODES.items()}
    reports = duties.filter(code__in=types, anchor_on__range=(given["start"], given["end"]))
    firsts = duties.filter(code="FIRST_INSPECTION", anchor_on__range=(given["start"], given["end"]))
    due = firsts.values_list("due_on", flat=True).first()
    return {
        "first_inspection_due": str(due) if due else None,
        "reports": {(types[d.code], d.period_key, str(d.anchor_on), str(d.due_on)) for d in reports},
    }


def expected_answers(cases: list[dict[str, Any]]) -> dict[str, Any]:
    columns = ("type", "period", "period_end", "due")
    return {
        case["id"]: {
            "first_inspection_due": case["expected"]["first_inspection_due"],
            "reports": {tuple(report[c] for c in columns) for report in case["expected"]["reports"]},
        }
        for case in cases
    }


# --- borrowers with several loans


@pytest.mark.slow
@pytest.mark.parametrize(
    ("first", "last"),
    [
        pytest.param(date(2025, 5, 29), date(2025, 7, 3), id="half-year"),
        pytest.param(date(2025, 12, 18), date(2026, 1, 31), id="year-end"),
    ],
)
def test_days_answer_random_borrowers(cast: Cast, first: date, last: date) -> None:
    books = random_books(1, borrowers=150, first=first, last=last)
    load(cast, books)
    run(books, first, last)
    assert by_days(last) == by_rules(books, first, last, InspectionReadings())


def by_days(last: date) -> Entries:
    """What stands about periods that have ended, by subject."""
    found: Entries = {}
    for duty in Duty.objects.filter(anchor_on__lte=last).exclude(state="lapsed"):
        required = duty.explanation.get("required")
        entry = (duty.code, duty.period_key, duty.due_on, required, *duty.loan_nos)
        found.setdefault(duty.subject_no, set()).add(entry)
    return found


def by_rules(books: Books, first: date, last: date, readings: InspectionReadings) -> Entries:
    """What the pure rules say at the end, of all that is not due before going live."""
    books = {no: [known_at(loan, last) for loan in loans] for no, loans in books.items()}
    expected = {no: _of_borrower(loans, first, last, readings) for no, loans in books.items()}
    for loan in (loan for loans in books.values() for loan in loans):
        due = first_inspection(loan.disbursed_on, loan.ended_on, RULES, CALENDAR, readings)
        if due and due >= first and loan.disbursed_on <= last:
            key = loan.disbursed_on.isoformat()
            expected[loan.loan_no] = {("FIRST_INSPECTION", key, due, None, loan.loan_no)}
    return {no: entries for no, entries in expected.items() if entries}


def _of_borrower(
    loans: list[InspectedLoan], first: date, last: date, readings: InspectionReadings
) -> set[tuple[Any, ...]]:
    planned = borrower_reports(loans, date(2024, 1, 1), last, RULES, CALENDAR, readings)
    reports = {(r.code, r.period.key, r.due, None, *r.loans) for r in planned if r.due >= first}
    logs = {
        ("LOG_MONTHLY_MIN", month.key, month.end, n, *_counted(loans, month, readings))
        for month, n in worklog_shortfall(loans, (), first, last, readings).items()
        if month.end <= last
    }
    return reports | logs


def _counted(loans: list[InspectedLoan], month: Period, readings: InspectionReadings) -> list[str]:
    return sorted(loan.loan_no for loan in loans if is_counted(loan, month, readings))


# --- the same rows whichever way the days are run


@pytest.mark.slow
def test_day_by_day_and_catching_up_write_the_same_rows(cast: Cast) -> None:
    """Facts that arrive on their day, or all of them before the first day is closed."""
    first, last = date(2025, 12, 26), date(2026, 1, 12)
    books = random_books(7, borrowers=60, first=first, last=last)
    with transaction.atomic():
        load(cast, books)
        run(books, first, last)
        at_once = rows()
        transaction.set_rollback(True)
    borrowers = {no: build_borrower(no, cast.branches["S01"], cast.rm_a, name=no) for no in books}
    for context in contexts(first, last):
        arrive(cast, books, borrowers, context.day)
        close(context)
    assert rows() == at_once


def arrive(cast: Cast, books: Books, borrowers: dict[str, Borrower], on: date) -> None:
    """What a delivery of that day brings: loans paid out by then, and what changed since the day before."""
    present = {loan.loan_no: loan for loan in Loan.objects.all()}
    for no, loan in ((no, loan) for no, loans in books.items() for loan in loans if loan.disbursed_on <= on):
        now, row = known_at(loan, on), present.get(loan.loan_no)
        if row is None:
            deliver(cast, [(borrowers[no], now)])
        elif now != known_at(loan, on - timedelta(days=1)):
            Loan.objects.filter(pk=row.pk).update(settled_on=now.ended_on, ended_on=now.ended_on)
            write_histories(row, now)


def rows() -> list[dict[str, Any]]:
    own = ("id", "version", "owner_id", "branch_id")
    found = [{k: v for k, v in row.items() if k not in own} for row in Duty.objects.values()]
    for row in found:
        row["loans"] = sorted(row["loans"].split(";"))
    return sorted(found, key=lambda row: (row["code"], row["subject_no"], row["period_key"]))


def test_closing_a_day_again_writes_nothing(cast: Cast) -> None:
    books = random_books(3, borrowers=30, first=date(2025, 12, 20), last=date(2026, 1, 10))
    load(cast, books)
    run(books, date(2025, 12, 20), date(2026, 1, 1))
    for row in Loan.objects.filter(loan_no__endswith="-0"):
        write_histories(row, next(x for x in books[row.borrower.borrower_no] if x.loan_no == row.loan_no))
    (context,) = contexts(date(2026, 1, 2), date(2026, 1, 2), started_on=date(2025, 12, 20))
    for step in FACTS:
        step(context)
    for _, step in STEPS:
        step(context)
    before = rows()
    written = {name: step(context).counts for name, step in STEPS if not name.endswith(".plan")}
    assert not any(written.values()), written
    assert rows() == before


@pytest.mark.parametrize("borrowers", [1, 30])
def test_statements_do_not_grow_with_the_book(cast: Cast, borrowers: int) -> None:
    books = {
        f"B{n}": [
            InspectedLoan(
                loan_no=f"L{n}",
                disbursed_on=date(2025, 1, 10),
                matures_on=date(2028, 1, 10),
                regimes=[(date(2025, 1, 10), "regular")],
                classes=[(date(2025, 1, 10), "normal"), (date(2026, 6, 15), "special_mention")],
            )
        ]
        for n in range(borrowers)
    }
    load(cast, books)
    run(books, date(2026, 6, 1), date(2026, 6, 14))
    (context,) = contexts(date(2026, 6, 15), date(2026, 6, 15), started_on=date(2026, 6, 1))
    for step in FACTS:
        step(context)
    counts = {}
    for name, step in STEPS:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            step(context)
        counts[name.removeprefix("inspections.")] = len(queries)
    assert counts == {
        "clear": 1,
        "first.plan": 2,
        "reports.plan": 2,
        "logs.plan": 2,
        "collateral.plan": 1,
        "collateral.deadlines": 2,
        "collateral.done": 2,
        "lapse": 2,
        "restate": 2,
        "open": 2,
        "logs.done": 2,
        "first": 0,
        "reports": 0,
        "logs": 0,
    }


# --- what changes inside a period, and why


@pytest.fixture
def loan() -> InspectedLoan:
    return InspectedLoan(
        loan_no="L1",
        disbursed_on=date(2025, 1, 10),
        matures_on=date(2028, 1, 10),
        regimes=[(date(2025, 1, 10), "regular")],
        classes=[(date(2025, 1, 10), "normal")],
    )


def changed(loan: InspectedLoan, **facts: Any) -> InspectedLoan:
    return InspectedLoan(**{**loan.__dict__, **facts})


def reports() -> list[tuple[Any, ...]]:
    found = Duty.objects.filter(code__in=REPORT_CODES.values()).order_by("anchor_on", "code")
    return [(d.code, d.period_key, str(d.due_on), d.state, d.close_reason, d.closing_note) for d in found]


def run_one(cast: Cast, loan: InspectedLoan, first: str, last: str) -> None:
    load(cast, {"B1": [loan]})
    run({"B1": [loan]}, day(first), day(last))


def test_a_report_opens_on_the_first_day_of_the_last_month_with_a_planned_visit(
    cast: Cast, loan: InspectedLoan
) -> None:
    load(cast, {"B1": [loan]})
    first, second = contexts(date(2026, 5, 30), date(2026, 5, 31))
    close(first)
    assert reports() == []
    close(second)
    duty = Duty.objects.get(code="REPORT_HALF")
    assert (duty.subject_type, duty.subject_no, duty.period_key) == ("borrower", "B1", "2026H1")
    assert (duty.anchor_on, duty.opens_on, duty.due_on) == (
        day("2026-06-30"),
        day("2026-06-01"),
        day("2026-07-21"),
    )
    assert duty.planned_on == day("2026-06-23")
    assert (duty.owner, duty.branch, duty.loan_nos) == (cast.rm_a, cast.branches["S01"], ["L1"])
    assert duty.explanation == {
        "clause": "INS-3", "anchor": "half_year_end", "offset": 15, "unit": "workday", "roll": "keep",
        "period_end": "2026-06-30", "frequency": "half_yearly", "exempt": 0,
    }  # fmt: skip


def test_tightening_replaces_the_report_and_brings_the_month(cast: Cast, loan: InspectedLoan) -> None:
    worse = [*loan.classes, (date(2026, 6, 15), "special_mention"), (date(2026, 6, 20), "substandard")]
    run_one(cast, changed(loan, classes=worse), "2026-05-31", "2026-06-20")
    assert reports() == [
        ("REPORT_HALF", "2026H1", "2026-07-21", "lapsed", "replaced", "REPORT_QUARTER"),
        ("REPORT_MONTH", "2026-06", "2026-07-14", "open", "", ""),
        ("REPORT_QUARTER", "2026Q2", "2026-07-21", "lapsed", "replaced", "REPORT_MONTH"),
    ]
    assert Duty.objects.get(code="REPORT_MONTH").planned_on == day("2026-06-23")


def test_a_relaxation_inside_the_month_leaves_the_stricter_report(cast: Cast, loan: InspectedLoan) -> None:
    moved = [*loan.classes, (date(2026, 6, 10), "special_mention"), (date(2026, 6, 20), "normal")]
    run_one(cast, changed(loan, classes=moved), "2026-05-31", "2026-06-30")
    assert [row[:4] for row in reports()] == [
        ("REPORT_HALF", "2026H1", "2026-07-21", "lapsed"),
        ("REPORT_QUARTER", "2026Q2", "2026-07-21", "open"),
    ]


def test_what_lapsed_is_opened_again_when_it_is_owed_after_all(cast: Cast, loan: InspectedLoan) -> None:
    started = [(date(2025, 1, 10), "substandard")]
    moved = [*started, (date(2026, 6, 10), "normal"), (date(2026, 6, 20), "substandard")]
    run_one(cast, changed(loan, classes=moved), "2026-05-31", "2026-06-15")
    assert [row[:5] for row in reports() if row[1] == "2026-06"] == [
        ("REPORT_MONTH", "2026-06", "2026-07-14", "lapsed", "replaced")
    ]
    run(
        {"B1": [changed(loan, classes=moved)]},
        day("2026-06-16"),
        day("2026-06-30"),
        started_on=day("2026-05-31"),
    )
    month = Duty.objects.get(code="REPORT_MONTH", period_key="2026-06")
    assert (month.state, month.closed_on, month.close_reason, month.closing_note) == ("open", None, "", "")


def test_a_loan_that_ends_takes_its_duties_along(cast: Cast, loan: InspectedLoan) -> None:
    run_one(cast, changed(loan, ended_on=date(2026, 6, 12)), "2026-06-01", "2026-06-12")
    lapsed = Duty.objects.filter(state="lapsed").values_list("code", "close_reason", "missed", "closed_on")
    assert sorted(lapsed) == [
        ("LOG_MONTHLY_MIN", "ended", False, date(2026, 6, 12)),
        ("REPORT_HALF", "ended", False, date(2026, 6, 12)),
    ]
    assert not Duty.objects.open().exists()


def test_a_report_settled_after_the_period_stays_due(cast: Cast, loan: InspectedLoan) -> None:
    run_one(cast, changed(loan, ended_on=date(2026, 7, 1)), "2026-05-31", "2026-07-02")
    assert [(row[0], row[3]) for row in reports()] == [("REPORT_HALF", "open")]


def test_a_settlement_that_arrives_late_still_lapses_the_report(cast: Cast, loan: InspectedLoan) -> None:
    """Back-dated facts: the delivery of 6 July says that the loan ended on 29 June."""
    run_one(cast, loan, "2026-05-31", "2026-07-05")
    row = Loan.objects.get()
    Loan.objects.update(settled_on=day("2026-06-29"), ended_on=day("2026-06-29"))
    write_histories(row, loan)
    (context,) = contexts(day("2026-07-06"), day("2026-07-06"), started_on=day("2026-05-31"))
    close(context)
    duty = Duty.objects.get(code="REPORT_HALF")
    assert (duty.state, duty.close_reason, duty.missed) == ("lapsed", "ended", False)


def test_short_and_new_loans_are_counted_as_exempt(cast: Cast, loan: InspectedLoan) -> None:
    fresh = {"disbursed_on": date(2026, 4, 30), "regimes": [(date(2026, 4, 30), "regular")]}
    new = changed(loan, loan_no="L2", classes=[(date(2026, 4, 30), "normal")], **fresh)
    short = changed(loan, loan_no="L3", matures_on=date(2025, 7, 10))
    books = {"B1": [loan, new, short], "B2": [changed(short, loan_no="L4")]}
    load(cast, books)
    run(books, day("2026-05-31"), day("2026-05-31"))
    duty = Duty.objects.get(code="REPORT_HALF")
    assert (duty.subject_no, duty.loan_nos, duty.explanation["exempt"]) == ("B1", ["L1"], 2)


def test_losing_the_exemption_opens_the_report_and_winning_it_back_says_so(
    cast: Cast, loan: InspectedLoan
) -> None:
    moved = [*loan.classes, (date(2026, 6, 5), "special_mention"), (date(2026, 7, 5), "normal")]
    short = changed(loan, matures_on=date(2025, 7, 10), classes=moved)
    run_one(cast, short, "2026-05-31", "2026-06-10")
    assert [(row[0], row[3]) for row in reports()] == [("REPORT_QUARTER", "open")]
    corrected = changed(short, classes=loan.classes)
    write_histories(Loan.objects.get(), corrected)
    (context,) = contexts(day("2026-06-11"), day("2026-06-11"), started_on=day("2026-05-31"))
    close(context)
    assert [(row[0], row[3], row[4]) for row in reports()] == [("REPORT_QUARTER", "lapsed", "exempt")]


def test_what_a_person_closed_stays_closed(cast: Cast, loan: InspectedLoan) -> None:
    run_one(cast, loan, "2026-05-31", "2026-06-10")
    closed = {"closed_on": day("2026-06-11"), "close_reason": "waived"}
    Duty.objects.filter(code="REPORT_HALF").update(state="waived", **closed)
    write_histories(Loan.objects.get(), loan)
    (context,) = contexts(day("2026-06-11"), day("2026-06-11"), started_on=day("2026-05-31"))
    close(context)
    assert [(row[0], row[3]) for row in reports()] == [("REPORT_HALF", "waived")]


def test_going_live_opens_what_is_not_due_before(cast: Cast, loan: InspectedLoan) -> None:
    """On 15 July the June reports of ten working days (14 July) are past, those of fifteen are not."""
    monthly = changed(loan, loan_no="L2", classes=[(date(2025, 1, 10), "substandard")])
    books = {"B1": [loan], "B2": [monthly]}
    load(cast, books)
    run(books, day("2026-07-15"), day("2026-07-15"))
    assert [row[:4] for row in reports()] == [
        ("REPORT_HALF", "2026H1", "2026-07-21", "open"),
        ("REPORT_MONTH", "2026-07", "2026-08-14", "open"),
    ]


def test_a_block_of_branches_opens_its_own_borrowers_only(cast: Cast, loan: InspectedLoan) -> None:
    load(cast, {"B1": [loan]})
    Borrower.objects.update(branch=cast.branches["S02"])
    for branch, opened in (("S01", 0), ("S02", 1)):
        (context,) = contexts(day("2026-05-31"), day("2026-05-31"))
        block = type(context)(**{**context.__dict__, "branch_ids": (cast.branches[branch].pk,)})
        for _, step in STEPS:
            step(block)
        assert Duty.objects.filter(code="REPORT_HALF").count() == opened


def test_nothing_to_do_in_an_empty_bank(cast: Cast) -> None:
    for context in contexts(day("2026-05-31"), day("2026-06-01")):
        assert not any(step(context).counts for _, step in STEPS)
