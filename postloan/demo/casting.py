"""Brings customers and loans together: who borrows what, and what the core system books of it."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count, cycle

from loans.rules.status import Instalment
from postloan.demo.borrowers import Borrower, borrowers
from postloan.demo.cases import RENEWED, TECHNICAL, Plan, ordinary, scripted, successor
from postloan.demo.conduct import Receipt, receipts
from postloan.demo.history import write_histories
from postloan.demo.lending import Loan
from postloan.demo.terms import ZERO, Terms
from postloan.demo.words import dice, words

COPY_EVERY = 300
"""The scripted cases are told again for so many loans more."""

SECOND_LOANS = ("corporate", "small_micro", "corporate", "personal_business")


def cast(customers: int, loans: int) -> tuple[dict[str, list[Borrower]], list[Loan]]:
    """The customers by segment and their loans; every customer has at least one."""
    pools = borrowers(customers)
    plans = [plan for copy in range(max(loans // COPY_EVERY, 1)) for plan in scripted(copy)]
    book = list(_lend(pools, plans, loans))
    write_histories(book)
    return pools, book


def _lend(pools: dict[str, list[Borrower]], plans: list[Plan], loans: int) -> Iterator[Loan]:
    """The scripted loans, each to the next customer of its segment, then ordinary ones for all."""
    numbers = count(1)
    queues = {segment: cycle(pool) for segment, pool in pools.items()}
    served: set[str] = set()
    for plan in plans:
        borrower = next(queues[plan.terms.product.segment])
        served.add(borrower.no)
        yield from _write(plan, borrower, numbers)
    waiting = [b for pool in pools.values() for b in pool if b.no not in served]
    more = cycle(borrower for segment in SECOND_LOANS for borrower in pools[segment])
    while (number := next(numbers)) <= loans or waiting:
        borrower = waiting.pop(0) if waiting else next(more)
        plan = ordinary(borrower.segment, dice("ordinary", number))
        yield _loan(plan, borrower, number)


def _write(plan: Plan, borrower: Borrower, numbers: Iterator[int]) -> Iterator[Loan]:
    """The planned loan, followed by the one that renews it."""
    loan = _loan(plan, borrower, next(numbers))
    yield loan
    if plan.ending == RENEWED:
        number = next(numbers)
        renewal = _loan(successor(plan, dice("renewal", number)), borrower, number)
        renewal.renewed_from = loan.loan_no
        yield renewal


def _loan(plan: Plan, borrower: Borrower, number: int) -> Loan:
    terms, stream = plan.terms, dice("loan", number)
    purpose = stream.choice(words()["purposes"][terms.product.product])
    stem = f"{terms.disbursed_on:%Y%m%d}{borrower.officer.branch_no}{number:04d}"
    schedules = _schedules(plan)
    loan = Loan(
        loan_no=f"JD{stem}",
        contract_no=f"HT{stem}",
        borrower=borrower,
        terms=terms,
        purpose=purpose,
        matures_on=schedules[-1][1][-1].due_on if plan.ending == "extended" else plan.matures_on,
        schedules=schedules,
        receipts=_receipts(plan, schedules[-1][1], number),
        judged=plan.judged,
    )
    _end(loan, plan)
    return loan


def _receipts(plan: Plan, schedule: list[Instalment], number: int) -> list[Receipt]:
    """What is paid of the final schedule; after a write-off nothing comes."""
    paid = receipts(schedule, plan.terms.rate_pct, plan.conduct, dice("receipts", number))
    if plan.ending == "written_off" and plan.ending_on:
        return [receipt for receipt in paid if receipt.payment.paid_on < plan.ending_on]
    return paid


def _schedules(plan: Plan) -> list[tuple[date, list[Instalment]]]:
    """The schedules by the day from which they hold: a prepayment or an extension brings a new one."""
    agreed = plan.terms.schedule(plan.matures_on)
    schedules = [(plan.terms.disbursed_on, agreed)]
    if plan.ending_on and plan.ending == "prepaid":
        schedules.append((plan.ending_on, _cut(plan.terms, agreed, plan.ending_on)))
    if plan.ending_on and plan.ending == "extended":
        longer = plan.terms.schedule(plan.matures_on + timedelta(days=184))
        schedules.append((plan.ending_on, longer))
    return schedules


def _cut(terms: Terms, agreed: list[Instalment], on: date) -> list[Instalment]:
    """The schedule up to the day, on which all that is left falls due."""
    kept = [row for row in agreed if row.due_on < on]
    since = kept[-1].due_on if kept else terms.disbursed_on
    rest = terms.principal - sum((row.principal for row in kept), ZERO)
    return [*kept, Instalment(on, rest, terms.interest(rest, since, on))]


def _end(loan: Loan, plan: Plan) -> None:
    """How the story ends, as the columns of loans.csv say it."""
    if plan.ending == "written_off":
        loan.written_off_on = plan.ending_on
    elif plan.ending == "transferred":
        loan.transferred_on = plan.ending_on
    elif plan.ending == "extended":
        loan.extended_on, loan.original_matures_on = plan.ending_on, plan.matures_on
    elif plan.ending == TECHNICAL and plan.conduct.stops_on and plan.conduct.resumes_on:
        loan.technical = (plan.conduct.stops_on + timedelta(days=1), plan.conduct.resumes_on)
