"""Days closed by the real steps, and what became of the duties, for the stories of this folder."""

from typing import Any

from collections_app.daily import STEPS
from duties.models import Duty
from loans.daily import FIRST_STEPS, put_away
from loans.models import Guarantee, Loan, LoanChange
from tests.builders import EPOCH, day, each_day

FACTS = tuple(run for _name, run in FIRST_STEPS)


def close(context: Any) -> None:
    for step in FACTS:
        step(context)
    for _, step in STEPS:
        step(context)
    put_away(context)


def run(first: str, last: str, **options: Any) -> None:
    """Close the days from ``first`` to ``last``; ``started``: the bank was live before."""
    for context in each_day(first, last, **options):
        close(context)


def facts_changed(*loans: Loan) -> None:
    """What the import does beside the facts: it puts the loans in play."""
    for loan in loans:
        LoanChange.objects.get_or_create(loan=loan, defaults={"cause": "import"})


def duties(code: str = "", **where: Any) -> list[tuple[str, ...]]:
    """(subject, period, due, what became of it) of the duties of a code; with the code if none is given."""
    rows = Duty.objects.filter(**({"code": code} if code else {}), **where).order_by(
        "code", "subject_no", "due_on"
    )
    return [(*(() if code else (d.code,)), d.subject_no, d.period_key, str(d.due_on), _end(d)) for d in rows]


def _end(duty: Duty) -> str:
    missed = " missed" if duty.missed else ""
    return duty.state if duty.state == "open" else f"{duty.state} {duty.close_reason}{missed}"


def guarantee(loan: Loan, number: str, expires: str) -> Guarantee:
    return Guarantee.objects.create(
        loan=loan,
        guarantor_no=number,
        name=number,
        guarantor_type="corporate",
        liability="joint",
        expires_on=day(expires),
        updated_at=EPOCH,
    )
