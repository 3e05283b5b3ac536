"""The whole book of the demo bank: every customer, loan and fact, told day by day."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

from loans.rules.status import Instalment
from postloan.demo.book import Book, Fact, Row
from postloan.demo.borrowers import Borrower, group_rows
from postloan.demo.casting import cast
from postloan.demo.collateral import collaterals
from postloan.demo.deliveries import write_delivery
from postloan.demo.flows import flow_facts
from postloan.demo.guarantees import guarantee_rows
from postloan.demo.lending import Loan
from postloan.demo.organisation import branch_rows, staff_rows
from postloan.demo.ratings import borrower_ratings, guarantor_ratings
from postloan.demo.statements import indicator_facts, statement_facts
from postloan.demo.timeline import FIRST_DELIVERY, delivery_days

CUSTOMERS = 400
LOANS = 600


def build(customers: int = CUSTOMERS, loans: int = LOANS) -> Book:
    """The book of so many customers and loans; the same every time."""
    pools, lent = cast(customers, loans)
    book = Book()
    _tell_house(book, pools)
    for loan in lent:
        _tell_loan(book, loan)
    _tell_security(book, lent)
    by_borrower = defaultdict(list)
    for loan in lent:
        by_borrower[loan.borrower.no].append(loan)
    for pool in pools.values():
        for borrower in pool:
            _tell_borrower(book, borrower, by_borrower[borrower.no])
    return book


def write_all(folder: Path, book: Book) -> dict[date, Path]:
    """Every delivery up to the horizon as a zip in the folder, by date."""
    folder.mkdir(parents=True, exist_ok=True)
    paths, after = {}, None
    for on in delivery_days():
        paths[on] = write_delivery(folder, on, book.delivery(after, on))
        after = on
    return paths


def _tell_house(book: Book, pools: dict[str, list[Borrower]]) -> None:
    for file, rows in (
        ("branches", branch_rows()),
        ("staff", staff_rows()),
        ("groups", group_rows(pools["corporate"])),
    ):
        book.tell_all(file, ((FIRST_DELIVERY, row) for row in rows))


def _tell_loan(book: Book, loan: Loan) -> None:
    for on in sorted({max(change, FIRST_DELIVERY) for change in loan.change_dates()}):
        if on >= loan.disbursed_on:
            book.tell("loans", on, loan.loan_no, loan.row(on))
    for since, schedule in loan.schedules:
        book.tell("instalments", since, loan.loan_no, *_schedule_rows(loan, schedule))
    book.tell_all("repayments", _repayments(loan))
    if len(loan.classes) > 1:
        book.tell_all("classifications", _class_rows(loan))
    if len(loan.regimes) > 1:
        book.tell_all("regimes", _regime_rows(loan))


def _tell_security(book: Book, lent: list[Loan]) -> None:
    guarantees = list(guarantee_rows(lent))
    book.tell_all("guarantees", guarantees)
    book.tell_all("ratings", guarantor_ratings(guarantees))
    for collateral in collaterals(lent):
        for on in sorted(collateral.change_dates()):
            book.tell("collaterals", on, collateral.no, *collateral.rows(on))


def _tell_borrower(book: Book, borrower: Borrower, loans: list[Loan]) -> None:
    """A customer becomes known with the first loan."""
    since = min(loan.disbursed_on for loan in loans)
    book.tell("borrowers", since, borrower.no, borrower.row(None, None))
    for rating in borrower_ratings(borrower, loans):
        rated_on, grade = rating["rated_on"], rating["grade"]
        if isinstance(rated_on, date):
            book.tell("ratings", rated_on, (borrower.no, rated_on, rating["kind"]), rating)
            book.tell("borrowers", rated_on, borrower.no, borrower.row(str(grade), rated_on))
    if borrower.is_firm:
        book.tell_all("financials", _not_before(since, statement_facts(borrower, loans)))
        book.tell_all("indicators", _not_before(since, indicator_facts(borrower, loans)))
    book.tell_all("account_flows", _not_before(since, flow_facts(borrower, loans)))


def _not_before(since: date, facts: Iterable[Fact]) -> Iterator[Fact]:
    """Facts of somebody's past become known with the person."""
    return ((max(known_on, since), row) for known_on, row in facts)


def _schedule_rows(loan: Loan, schedule: list[Instalment]) -> list[Row]:
    return [
        {
            "loan_no": loan.loan_no,
            "seq": seq,
            "due_on": instalment.due_on,
            "principal_due": instalment.principal,
            "interest_due": instalment.interest,
        }
        for seq, instalment in enumerate(schedule, start=1)
    ]


def _repayments(loan: Loan) -> Iterator[Fact]:
    for number, receipt in enumerate(loan.receipts, start=1):
        payment = receipt.payment
        yield (
            payment.paid_on,
            {
                "repayment_no": f"HK{loan.loan_no[2:]}{number:03d}",
                "loan_no": loan.loan_no,
                "paid_on": payment.paid_on,
                "amount": payment.amount,
                "principal": payment.principal,
                "interest": payment.interest,
                "penalty": payment.penalty,
                "channel": receipt.channel,
            },
        )


def _class_rows(loan: Loan) -> Iterator[Fact]:
    for on, found, reason in loan.classes:
        yield on, {"loan_no": loan.loan_no, "effective_on": on, "classification": found, "reason": reason}


def _regime_rows(loan: Loan) -> Iterator[Fact]:
    for on, regime in loan.regimes:
        yield on, {"loan_no": loan.loan_no, "effective_on": on, "regime": regime}
