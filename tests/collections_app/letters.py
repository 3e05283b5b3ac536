"""A borrower, loans and duties for the tests of letters."""

import datetime as dt
from decimal import Decimal
from typing import Any

from core.models import BusinessDate
from duties.models import Duty
from loans.models import Borrower, Guarantee, Loan
from tests.builders import EPOCH, build_borrower, build_instalment, build_loan, day
from tests.cast import Cast
from tests.duties.conftest import open_rule_duty

# A Wednesday.
TODAY = dt.date(2026, 6, 3)


def start(today: dt.date = TODAY) -> None:
    BusinessDate.objects.update_or_create(
        pk=1, defaults={"current": today, "started_on": dt.date(2026, 1, 1)}
    )


def customer(cast: Cast, no: str = "C-A", **fields: Any) -> Borrower:
    values = {"name": "鞍山轴承有限公司", "registered_address": "鞍山市铁东区一道街1号"}
    return build_borrower(no, cast.branches["S01"], cast.rm_a, **{**values, **fields})


def matured_loan(borrower: Borrower, no: str = "L-A", matures: str = "2026-05-25") -> Loan:
    """Interest of March paid, that of May unpaid in part, the principal unpaid."""
    loan = build_loan(no, borrower, disbursed="2025-05-25", matures=matures, contract_no=f"HT-{no}")
    build_instalment(loan, "2026-03-20", paid="2026-03-20", interest="1500.00")
    build_instalment(loan, matures, interest="1234.56", principal="100000.00")
    loan.instalments.filter(seq=2).update(interest_paid=Decimal("234.50"))
    return loan


def guarantee(loan: Loan, no: str = "G-1", *, expires: str = "2026-11-25", **fields: Any) -> Guarantee:
    values = {
        "name": "王建国",
        "guarantor_type": "personal",
        "liability": "joint",
        "address": "鞍山市立山区2号",
    }
    return Guarantee.objects.create(
        loan=loan, guarantor_no=no, expires_on=day(expires), updated_at=EPOCH, **{**values, **fields}
    )


def dun(cast: Cast, loan: Loan, code: str = "DUN_PRINCIPAL", **fields: Any) -> Duty:
    """The duty of a letter about the loan's maturity."""
    values = {
        "anchor": loan.matures_on,
        "subject_no": loan.loan_no,
        "borrower_no": loan.borrower.borrower_no,
        "loans": loan.loan_no,
    }
    return open_rule_duty(cast, code, **{**values, **fields})
