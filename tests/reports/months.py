"""A small book worked out by hand: what each loan was at the end of April and of May 2026.

    loan    branch   April                    May                                    what happened
    L-1     S01      normal      100,000.00   normal           90,000.00             paid 10,000
    L-2     S01      mention      50,000.00   substandard      50,000.00   95 days   newly non-performing
    L-3     S01      substandard  40,000.00   substandard      25,000.00  130 days   15,000 recovered, of
                                                                                      which 5,000 by disposal
    L-4     S02      doubtful     30,000.00   gone                                   written off
    L-5     S02      substandard  20,000.00   normal           20,000.00             upgraded
    L-6     S03      substandard  10,000.00   substandard      10,000.00  130 days   as it was
    L-7     S03      --                       normal           70,000.00             disbursed in May
    L-8     S02      normal       60,000.00   normal           60,000.00             matures in June

S01 and S02 lie below B1, S03 below B2.
"""

import datetime as dt
from decimal import Decimal
from typing import Any

from core.models import BusinessDate
from loans.models import Loan, Repayment
from reports.daily import STEPS
from tests.builders import build_borrower, build_context, build_delivery, build_instalment, build_loan, day
from tests.cast import Cast

APRIL, MAY = day("2026-04-30"), day("2026-05-31")


def build_april(cast: Cast) -> dict[str, Loan]:
    """The book as it stood on 30 April."""
    build_delivery("2026-04-30")
    rows = (
        ("L-1", "S01", "normal", "100000.00"),
        ("L-2", "S01", "special_mention", "50000.00"),
        ("L-3", "S01", "substandard", "40000.00"),
        ("L-4", "S02", "doubtful", "30000.00"),
        ("L-5", "S02", "substandard", "20000.00"),
        ("L-6", "S03", "substandard", "10000.00"),
        ("L-8", "S02", "normal", "60000.00"),
    )
    return {number: _loan(cast, number, branch, code, balance) for number, branch, code, balance in rows}


def _loan(cast: Cast, number: str, branch: str, code: str, balance: str, **fields: Any) -> Loan:
    borrower = build_borrower(f"C-{number}", cast.branches[branch], cast.rm_a, name=f"Firm {number}")
    known = {
        "disbursed": "2025-06-10",
        "matures": "2026-06-20" if number == "L-8" else "2027-01-10",
        "product": "Working capital",
    }
    return build_loan(
        number,
        borrower,
        delivered_class=code,
        balance=Decimal(balance),
        principal=Decimal(balance),
        **{**known, **fields},
    )


def play_may(cast: Cast, loans: dict[str, Loan]) -> dict[str, Loan]:
    """What happened in May, as the run of its last day leaves the loans."""
    _change(loans["L-1"], balance="90000.00")
    build_instalment(loans["L-2"], "2026-02-25", principal="5000.00")
    _change(loans["L-2"], classification="substandard")
    build_instalment(loans["L-3"], "2026-01-21", principal="40000.00")
    _change(loans["L-3"], balance="25000.00")
    Repayment.objects.create(
        repayment_no="R-1",
        loan=loans["L-3"],
        paid_on=day("2026-05-12"),
        amount=Decimal("5000.00"),
        channel="disposal",
    )
    _change(
        loans["L-4"],
        balance="0.00",
        written_off_on=day("2026-05-20"),
        written_off_amount=Decimal("30000.00"),
        ended_on=day("2026-05-20"),
    )
    _change(loans["L-5"], classification="normal")
    build_instalment(loans["L-6"], "2026-01-21", principal="1000.00")
    _change(loans["L-6"], oldest_unpaid_due_on=day("2026-01-21"))
    new = _loan(cast, "L-7", "S03", "normal", "70000.00", disbursed="2026-05-08")
    return {**loans, "L-7": new}


def _change(loan: Loan, **fields: Any) -> None:
    Loan.objects.filter(pk=loan.pk).update(**fields)


def close(on: dt.date) -> dict[str, int]:
    """The steps that close a month; what they counted."""
    context = build_context(
        on.isoformat(), previous="2026-04-01", started="2026-04-01", judged_to=on.isoformat()
    )
    counts: dict[str, int] = {}
    for _name, step, _split in STEPS:
        counts |= step(context).counts
    return counts


def close_both(cast: Cast) -> dict[str, Loan]:
    """April and May closed; the business date is 1 June."""
    loans = build_april(cast)
    close(APRIL)
    loans = play_may(cast, loans)
    close(MAY)
    BusinessDate.objects.update(current=MAY + dt.timedelta(days=1))
    return loans
