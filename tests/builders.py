"""Plain builders of facts for tests: explicit dates, everything else a sensible default."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db.models import DecimalField

from collections_app.models import Notice
from core.models import BusinessDate
from core.selectors import workday_calendar
from duties.models import Duty
from duties.planning import RunContext
from duties.selectors import rules_in_force
from inspections.models import Checklist, InspectionReport, WorkLog
from loans.enums import DeliveryState
from loans.models import (
    Borrower,
    Collateral,
    CollateralLoan,
    Delivery,
    Guarantee,
    Instalment,
    Loan,
    LoanChange,
)
from org.models import Branch, User
from reports.models import PortfolioFigure

EPOCH = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def build_borrower(borrower_no: str, branch: Branch, officer: User | None = None, **fields: Any) -> Borrower:
    values = {"name": f"Borrower {borrower_no}", "borrower_type": "corporate", "updated_at": EPOCH}
    return Borrower.objects.create(
        borrower_no=borrower_no, branch=branch, officer=officer, **{**values, **fields}
    )


def build_loan(loan_no: str, borrower: Borrower, *, disbursed: str, matures: str, **fields: Any) -> Loan:
    """A loan as the import leaves it before the first run; ``delivered_class`` and ``delivered_regime`` set
    what is in force too."""
    regime = fields.setdefault("delivered_regime", "regular")
    classification = fields.setdefault("delivered_class", "normal")
    values = {
        "principal": Decimal("100000.00"),
        "balance": Decimal("100000.00"),
        "repayment_method": "interest_only",
        "regime": regime,
        "approved_class": classification,
        "classification": classification,
        "first_seen_on": day(disbursed),
        "updated_at": EPOCH,
        "branch": borrower.branch,
        "officer": borrower.officer,
    }
    loan = Loan.objects.create(
        loan_no=loan_no,
        borrower=borrower,
        disbursed_on=day(disbursed),
        matures_on=day(matures),
        **{**values, **fields},
    )
    LoanChange.objects.create(loan=loan, cause="import")
    return loan


def build_instalment(
    loan: Loan, due: str, *, paid: str | None = None, interest: str = "100.00", principal: str = "0.00"
) -> Instalment:
    """The next instalment; keeps the loan's oldest unpaid due date as the import would on its delivery."""
    instalment = Instalment.objects.create(
        loan=loan,
        seq=loan.instalments.count() + 1,
        due_on=day(due),
        interest_due=Decimal(interest),
        principal_due=Decimal(principal),
        paid_on=day(paid) if paid else None,
    )
    first = loan.instalments.filter(paid_on__isnull=True).order_by("due_on").first()
    loan.oldest_unpaid_due_on = first.due_on if first else None
    loan.save(update_fields=["oldest_unpaid_due_on"])
    return instalment


def build_delivery(on: str, *, complete: bool = True) -> Delivery:
    """An applied delivery; the first one takes the bank live."""
    BusinessDate.objects.get_or_create(pk=1, defaults={"current": day(on), "started_on": day(on)})
    return Delivery.objects.create(
        business_date=day(on),
        digest=f"{on:>064}",
        name=f"delivery-{on}",
        state=DeliveryState.APPLIED,
        complete=complete,
        mode="all-or-nothing",
        received_at=EPOCH,
    )


def build_context(
    on: str, *, previous: str | None, started: str, judged_to: str = "2030-12-31"
) -> RunContext:
    return RunContext(
        day=day(on),
        previous=day(previous) if previous else None,
        started_on=day(started),
        judged_to=day(judged_to),
        rules=rules_in_force(day(on)),
        calendar=workday_calendar(),
    )


def each_day(first: str, last: str, *, started: str | None = None, judged_to: str = "2030-12-31") -> Any:
    """Contexts of consecutive days as the run makes them, the first one going live unless ``started``."""
    current, previous = day(first), None if started is None else day(first) - dt.timedelta(days=1)
    while current <= day(last):
        yield build_context(
            current.isoformat(),
            previous=previous.isoformat() if previous else None,
            started=started or first,
            judged_to=judged_to,
        )
        previous, current = current, current + dt.timedelta(days=1)


def build_guarantee(loan: Loan, guarantor_no: str, **fields: Any) -> Guarantee:
    values = {
        "name": f"Guarantor {guarantor_no}",
        "guarantor_type": "personal",
        "liability": "joint",
        "expires_on": loan.matures_on,
        "updated_at": EPOCH,
    }
    return Guarantee.objects.create(loan=loan, guarantor_no=guarantor_no, **{**values, **fields})


def build_collateral(collateral_no: str, *loans: Loan, **fields: Any) -> Collateral:
    values = {"kind": "residential", "appraised_value": Decimal("500000.00"), "updated_at": EPOCH}
    collateral = Collateral.objects.create(collateral_no=collateral_no, **{**values, **fields})
    for loan in loans:
        CollateralLoan.objects.create(collateral=collateral, loan=loan)
    return collateral


def build_log(borrower: Borrower, author: User, log_no: str, **fields: Any) -> WorkLog:
    """A submitted work log."""
    values = {
        "kind": "site_visit",
        "activity_on": day("2026-05-20"),
        "state": "submitted",
        "submission": 1,
        "facts": [{"category": "market", "fact": "Orders fell", "source": "talk", "effect": "later"}],
        "updated_at": EPOCH,
    }
    return WorkLog.objects.create(
        log_no=log_no, borrower=borrower, branch=borrower.branch, author=author, **{**values, **fields}
    )


def build_report(borrower: Borrower, author: User, report_no: str, **fields: Any) -> InspectionReport:
    """A submitted inspection report about the first quarter."""
    values = {
        "kind": "routine",
        "checklist": Checklist.in_force(borrower.borrower_type, day("2026-05-20")),
        "period_key": "2026Q1",
        "period_start": day("2026-01-01"),
        "period_end": day("2026-03-31"),
        "state": "submitted",
        "submission": 1,
        "submitted_on": day("2026-04-10"),
        "first_submitted_on": day("2026-04-10"),
        "updated_at": EPOCH,
    }
    return InspectionReport.objects.create(
        report_no=report_no,
        borrower=borrower,
        branch=borrower.branch,
        author=author,
        **{**values, **fields},
    )


def build_notice(duty: Duty, borrower: Borrower, **fields: Any) -> Notice:
    """A reminder that was given by telephone."""
    values = {"kind": "INTEREST_REMINDER", "state": "contacted", "issued_on": day("2026-05-20")}
    return Notice.objects.create(
        duty=duty,
        borrower=borrower,
        addressee=borrower.name,
        branch=borrower.branch,
        owner=borrower.officer,
        **{**values, **fields},
    )


def build_figure(branch: Branch, value: str, **fields: Any) -> PortfolioFigure:
    """One frozen sum of a closed month."""
    money = {
        field.name: Decimal("0.00")
        for field in PortfolioFigure._meta.concrete_fields
        if isinstance(field, DecimalField)
    }
    texts = {"prev_class": "normal", "classification": "normal", "prev_bucket": "", "bucket": ""}
    return PortfolioFigure.objects.create(
        month_end=day("2026-05-31"),
        branch=branch,
        dimension="product",
        value=value,
        loans=1,
        **{**money, **texts, **fields},
    )
