"""Books of loans as the pure rules see them, and the same as rows of the database."""

import dataclasses
import json
import random
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

from core.periods import add_months
from core.selectors import workday_calendar
from duties.planning import RunContext
from duties.selectors import rules_in_force
from inspections.daily import STEPS
from inspections.rules import InspectedLoan, InspectionReadings
from loans.daily import FIRST_STEPS, put_away
from loans.models import Borrower, Loan, LoanChange, LoanClassification, LoanRegime
from loans.rules import CLASSES, REGIMES
from tests.builders import EPOCH, day
from tests.cast import Cast
from tests.handbook import VECTORS

Books = dict[str, list[InspectedLoan]]
"""Loans by the number of their borrower."""

FACTS = tuple(run for _name, run in FIRST_STEPS)
INSPECTIONS = tuple(step for _, step in STEPS)


def vectors(alternative: str | None = None) -> list[dict[str, Any]]:
    """The published cases of `inspection_plan`: all, or a few short ones that a reading answers otherwise."""
    found = json.loads((VECTORS / "inspection.json").read_text(encoding="utf-8"))
    cases = [case for case in found if case["rule"] == "inspection_plan"]
    if alternative is None:
        return cases
    answered = [case for case in cases if alternative in case.get("alternatives", {})]
    shortest = sorted(
        answered,
        key=lambda case: (case["input"]["end"] > "2026", -int(case["input"]["disbursement"][:4]), case["id"]),
    )
    return [{**case, "expected": case["alternatives"][alternative]} for case in shortest[:4]]


def loan_of(case: dict[str, Any]) -> InspectedLoan:
    given = case["input"]
    return InspectedLoan(
        loan_no=case["id"],
        disbursed_on=day(given["disbursement"]),
        matures_on=day(given["maturity"]),
        ended_on=given["settled"] and day(given["settled"]),
        regimes=[(day(entry["from"]), entry["value"]) for entry in given["regimes"]],
        classes=[(day(entry["from"]), entry["value"]) for entry in given["classes"]],
    )


def random_books(seed: int, *, borrowers: int, first: date, last: date) -> Books:
    """Borrowers with one to four loans that are paid out, change, and end at random."""
    chance = random.Random(seed)
    return {
        f"B{n:03}": [
            _random_loan(chance, f"L{n:03}-{i}", first, last) for i in range(chance.choice((1, 2, 2, 3, 4)))
        ]
        for n in range(borrowers)
    }


def _random_loan(chance: random.Random, loan_no: str, first: date, last: date) -> InspectedLoan:
    span = (last - first).days
    disbursed_on = first + timedelta(days=chance.randrange(-200, span))
    months = chance.choice((2, 3, 4, 6, 7, 12, 36))
    matures_on = add_months(disbursed_on, months) + timedelta(days=chance.choice((-1, 0, 0, 1)))
    ended_on = disbursed_on + timedelta(days=chance.randrange(1, 500)) if chance.random() < 0.4 else None
    return InspectedLoan(
        loan_no=loan_no,
        disbursed_on=disbursed_on,
        matures_on=matures_on,
        ended_on=ended_on,
        regimes=_random_history(chance, disbursed_on, REGIMES, 0.3),
        classes=_random_history(chance, disbursed_on, CLASSES[:3], 0.6),
        is_renewal=chance.random() < 0.2,
    )


def _random_history(
    chance: random.Random, start: date, values: Iterable[str], unrest: float
) -> list[tuple[date, str]]:
    values = list(values)
    history = [(start, chance.choice((values[0], values[0], *values)))]
    while chance.random() < unrest:
        # Often close to the last change, so that some lie within one period or on its edge.
        on = history[-1][0] + timedelta(days=chance.choice((1, 5, 20, 40, 90)) * chance.randrange(1, 4))
        history.append((on, chance.choice(values)))
    return history


def load(cast: Cast, books: Books) -> None:
    """All facts at once, as an import leaves them before the next run."""
    borrowers = Borrower.objects.bulk_create(
        Borrower(borrower_no=no, name=no, branch=cast.branches["S01"], officer=cast.rm_a, updated_at=EPOCH)
        for no in books
    )
    deliver(cast, [(borrower, loan) for borrower in borrowers for loan in books[borrower.borrower_no]])


def deliver(cast: Cast, pairs: list[tuple[Borrower, InspectedLoan]]) -> None:
    """Loans with their histories, put in play."""
    rows = Loan.objects.bulk_create(_row(borrower, loan) for borrower, loan in pairs)
    for row, (_, loan) in zip(rows, pairs, strict=True):
        write_histories(row, loan)


def write_histories(row: Loan, loan: InspectedLoan) -> None:
    """The loan's facts as they are now, replacing those before; the loan is in play."""
    LoanRegime.objects.filter(loan=row).delete()
    LoanClassification.objects.filter(loan=row).delete()
    LoanRegime.objects.bulk_create(
        LoanRegime(loan=row, effective_on=on, regime=value, source="history_file")
        for on, value in loan.regimes
    )
    LoanClassification.objects.bulk_create(
        LoanClassification(loan=row, effective_on=on, classification=value, source="history_file")
        for on, value in loan.classes
    )
    LoanChange.objects.update_or_create(loan=row, defaults={"cause": "import", "picked_on": None})


def _row(borrower: Borrower, loan: InspectedLoan) -> Loan:
    regime, classification = loan.regimes[0][1], loan.classes[0][1]
    return Loan(
        loan_no=loan.loan_no,
        borrower=borrower,
        branch=borrower.branch,
        officer=borrower.officer,
        principal=1000,
        balance=1000,
        disbursed_on=loan.disbursed_on,
        matures_on=loan.matures_on,
        settled_on=loan.ended_on,
        ended_on=loan.ended_on,
        is_renewal=loan.is_renewal,
        repayment_method="bullet",
        delivered_regime=regime,
        delivered_class=classification,
        regime=regime,
        approved_class=classification,
        classification=classification,
        first_seen_on=loan.disbursed_on,
        updated_at=EPOCH,
    )


def known_at(loan: InspectedLoan, on: date) -> InspectedLoan:
    """The loan as a delivery of that date tells it: nothing dated later."""
    return dataclasses.replace(
        loan,
        ended_on=loan.ended_on if loan.ended_on and loan.ended_on <= on else None,
        regimes=[entry for entry in loan.regimes if entry[0] <= on] or loan.regimes[:1],
        classes=[entry for entry in loan.classes if entry[0] <= on] or loan.classes[:1],
    )


def dates_of(loan: InspectedLoan) -> Iterator[date]:
    """The dates on which something about the loan takes effect."""
    yield from {loan.disbursed_on, *(on for on, _ in (*loan.regimes, *loan.classes))}
    if loan.ended_on:
        yield loan.ended_on


def contexts(
    first: date, last: date, *, started_on: date | None = None, readings: InspectionReadings | None = None
) -> Iterator[RunContext]:
    """Consecutive days as the run makes them; going live on ``first`` unless ``started_on`` lies before."""
    rules, calendar = rules_in_force(first), workday_calendar()
    for n in range((last - first).days + 1):
        current = first + timedelta(days=n)
        live = started_on or first
        yield RunContext(
            day=current,
            previous=None if current == live else current - timedelta(days=1),
            started_on=live,
            judged_to=date.max,
            rules=rules,
            calendar=calendar,
            readings=lambda kind: readings or kind(),
        )


def close(context: RunContext, *, eventful: bool = True) -> None:
    """Close a day; without an event the steps of ``loans`` have nothing to do."""
    before, after = (FACTS, (put_away,)) if eventful else ((), ())
    for step in (*before, *INSPECTIONS, *after):
        step(context)


def run(books: Books, first: date, last: date, **options: Any) -> None:
    """Close day after day over facts that are all there already.

    Left out are the days on which nothing takes effect and no month ends: nothing happens on them.
    """
    eventful = {on for loans in books.values() for loan in loans for on in dates_of(loan)}
    for context in contexts(first, last, **options):
        if context.first or context.day in eventful or context.horizon.day == 1:
            close(context, eventful=context.first or context.day in eventful)
