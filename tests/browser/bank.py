"""A small bank for the browser: something of everything that a page can show."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from approvals.models import Request
from approvals.services import request_waiver
from core.enums import RunState
from core.models import BusinessDate, DailyRun, StepRun
from duties.models import Digest, Duty, Reminder
from inspections.models import InspectionReport, WorkLog
from inspections.services import draft_report, draft_work_log, submit_work_log
from loans.models import (
    Borrower,
    BorrowerGroup,
    Collateral,
    DeliveryFile,
    FloorProposal,
    FloorRule,
    Guarantee,
    Loan,
    LoanClassification,
    LoanStatus,
    Rating,
    Repayment,
)
from tests.builders import build_borrower, build_delivery, build_instalment, build_loan, day
from tests.cast import Cast
from tests.duties.conftest import open_rule_duty

TODAY = day("2026-06-03")
NIGHT = dt.datetime(2026, 6, 2, 20, 0, tzinfo=dt.UTC)
PASSWORD = "river-bank-2026"


@dataclass
class Bank:
    """Who works here, and the records that the tests open."""

    cast: Cast
    loan: Loan
    late: Duty
    request: Request
    report: InspectionReport
    log: WorkLog


def build_bank(cast: Cast) -> Bank:
    delivery = build_delivery("2026-06-01")
    BusinessDate.objects.update(current=TODAY)
    DeliveryFile.objects.create(delivery=delivery, name="loans.csv", read=4, created=3, rejected=1)
    loan = _customers(cast)
    late = _duties(cast)
    _runs(cast)
    waived = open_rule_duty(
        cast, "REPORT_HALF", anchor=day("2026-06-30"), subject_no="C-B", borrower_no="C-B", loans="L-B"
    )
    request = request_waiver(
        waived, actor=cast.rm_a, business_date=TODAY, reason="借款人已提前还清全部贷款，申请免除本期报告"
    )
    return Bank(cast, loan, late, request, _report(cast), _log(cast))


def _report(cast: Cast) -> InspectionReport:
    """A report that is being written."""
    duty = open_rule_duty(
        cast,
        "REPORT_QUARTER",
        anchor=day("2026-03-31"),
        period_key="2026Q1",
        subject_no="C-B",
        borrower_no="C-B",
        loans="L-B",
        due_on=day("2026-06-30"),
    )
    return draft_report(duty, actor=cast.rm_a, business_date=TODAY)


def _log(cast: Cast) -> WorkLog:
    """A work log that waits for its review."""
    fact = {"category": "market", "fact": "5 月订单较 4 月减少 12%", "source": "订单台账", "effect": "待观察"}
    who = {"actor": cast.rm_a, "business_date": TODAY}
    borrower = Borrower.objects.get(borrower_no="C-A")
    log = draft_work_log(borrower=borrower, kind="site_visit", activity_on=TODAY, facts=[fact], **who)
    return submit_work_log(log, **who)


def _customers(cast: Cast) -> Loan:
    group = BorrowerGroup.objects.create(group_no="G1", name="江海集团", lead_branch=cast.branches["B1"])
    s01 = cast.branches["S01"]
    bearings = build_borrower(
        "C-A",
        s01,
        cast.rm_a,
        name="江海轴承制造有限公司",
        segment="corporate",
        id_no="911200001234567890",
        phone="13800138000",
        industry="制造业",
        registered_address="江海市城东区工业三路34号",
        legal_representative="王建国",
        rating="BBB",
        rated_on=day("2026-03-01"),
        group=group,
    )
    shop = build_borrower("C-B", s01, cast.rm_a, name="江海百货商店", segment="small_micro")
    build_loan("L-B", shop, disbursed="2026-01-05", matures="2027-01-05", classification="special_mention")
    Rating.objects.create(subject_no="C-A", rated_on=day("2026-03-01"), kind="formal", grade="BBB")
    return _overdue_loan(bearings)


def _overdue_loan(borrower: Any) -> Loan:
    loan = build_loan(
        "L-A",
        borrower,
        disbursed="2025-12-01",
        matures="2026-12-01",
        regime="key",
        classification="substandard",
        floor_class="substandard",
        annual_rate_pct=Decimal("4.350000"),
        product="流动资金贷款",
        purpose="采购原材料",
    )
    build_instalment(loan, "2026-02-01", paid="2026-02-03")
    build_instalment(loan, "2026-03-01", principal="1000.00")
    build_instalment(loan, "2026-12-01", principal="99000.00")
    Repayment.objects.create(
        repayment_no="R1", loan=loan, paid_on=day("2026-02-03"), amount=Decimal("100.00")
    )
    LoanClassification.objects.create(
        loan=loan,
        effective_on=day("2025-12-01"),
        classification="normal",
        reason="初次分类",
        source="loan_file",
    )
    LoanStatus.objects.create(
        loan=loan,
        effective_on=day("2026-05-31"),
        regime="key",
        classification="substandard",
        previous_regime="regular",
        previous_classification="normal",
    )
    FloorProposal.objects.create(
        loan=loan,
        effective_on=day("2026-05-31"),
        floor_class="substandard",
        previous_floor="special_mention",
        oldest_unpaid_due_on=day("2026-03-01"),
        days_past_due=91,
        rule=FloorRule.objects.filter(classification="substandard").first(),
    )
    Guarantee.objects.create(
        loan=loan,
        guarantor_no="P-1",
        name="李文静",
        guarantor_type="personal",
        liability="joint",
        amount=Decimal("100000.00"),
        phone="13900139000",
        expires_on=day("2027-06-01"),
        updated_at=NIGHT,
    )
    collateral = Collateral.objects.create(
        collateral_no="K-1",
        kind="land",
        description="工业用地使用权，面积400平方米",
        owner_name="江海轴承制造有限公司",
        appraised_value=Decimal("900000.00"),
        appraised_on=day("2026-01-15"),
        insured_until=day("2026-06-01"),
        updated_at=NIGHT,
    )
    collateral.links.create(loan=loan)
    return loan


def _duties(cast: Cast) -> Duty:
    late = open_rule_duty(
        cast,
        "BREACH_REPORT",
        anchor=day("2026-06-01"),
        subject_no="L-A",
        borrower_no="C-A",
        loans="L-A",
        explanation={"anchor": "first_unpaid_due", "offset": 1, "unit": "workday", "roll": "keep"},
    )
    for code, due in (
        ("MATURITY_NOTICE", TODAY),
        ("LOG_MONTHLY_MIN", "2026-06-05"),
        ("REPORT_QUARTER", "2026-07-21"),
    ):
        open_rule_duty(
            cast, code, anchor=day("2026-06-30"), subject_no="C-A", borrower_no="C-A", loans="L-A", due_on=due
        )
    open_rule_duty(
        cast,
        "GUARANTEE_EXPIRY",
        anchor=day("2027-01-03"),
        subject_no="L-A/P-1",
        borrower_no="C-A",
        loans="L-A",
        provisional=True,
        explanation={
            "anchor": "principal_due",
            "offset": 6,
            "unit": "month",
            "guarantor": "李文静",
            "liability": "joint",
        },
    )
    Reminder.objects.create(
        duty=late, stage="escalated_supervisor", recipient=cast.supervisor_a, raised_on=TODAY
    )
    for person in (cast.rm_a, cast.supervisor_a):
        Digest.objects.create(recipient=person, business_date=TODAY, counts={"overdue": 1, "today": 1})
    return late


def _runs(cast: Cast) -> None:
    run = DailyRun.objects.create(
        business_date=day("2026-06-02"),
        state=RunState.DONE,
        with_delivery=False,
        started_at=NIGHT,
        finished_at=NIGHT + dt.timedelta(seconds=40),
        started_by=cast.admin.employee_no,
    )
    for position, step in enumerate(("loans.changes", "loans.facts", "duties.reminders")):
        StepRun.objects.create(
            run=run,
            position=position,
            step=step,
            state=RunState.DONE,
            counts={"changed": position * 1000},
            seconds=Decimal("1.250"),
            finished_at=NIGHT,
        )
    for person in cast.people().values():
        person.set_password(PASSWORD)
        person.save(update_fields=["password"])
