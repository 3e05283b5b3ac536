"""The records that the doors of ``tests.refusals`` are tried with: all of the relationship manager in S01."""

import datetime as dt
from dataclasses import dataclass
from functools import cached_property

from django.core.files.uploadedfile import SimpleUploadedFile

from approvals.models import Request
from approvals.services import request_waiver
from collections_app.models import Notice, NoticeBatch
from collections_app.services.batches import open_batch
from collections_app.services.issuing import issue_notice
from core import audit
from core.enums import RunState
from core.jobs import enqueue
from core.models import AuditEvent, DailyRun, Job
from documents.models import StoredFile
from documents.services import store_upload
from duties.models import Duty
from inspections.models import InspectionReport, WorkLog
from inspections.services import draft_report, draft_work_log, submit_work_log
from loans.models import Borrower, BorrowerGroup, Delivery, Loan
from reports.models import PortfolioFigure, PortfolioMonth
from tests.builders import (
    EPOCH,
    build_borrower,
    build_collateral,
    build_delivery,
    build_figure,
    build_guarantee,
    build_loan,
    build_report,
)
from tests.cast import Cast
from tests.documents.files import PDF
from tests.duties.conftest import open_rule_duty

DAY = dt.date(2026, 6, 1)


@dataclass
class World:
    """Made piece by piece, as a door asks for it."""

    cast: Cast

    def __post_init__(self) -> None:
        self.delivery: Delivery = build_delivery(DAY.isoformat())
        borrower = build_borrower("C-A", self.cast.branches["S01"], self.cast.rm_a)
        build_loan("L-A", borrower, disbursed="2026-01-05", matures="2027-01-05")

    @cached_property
    def duty(self) -> Duty:
        return open_rule_duty(
            self.cast, "REPORT_QUARTER", anchor=dt.date(2026, 6, 30), subject_no="C-A", borrower_no="C-A"
        )

    @cached_property
    def by_hand(self) -> Duty:
        """A duty without a form of its own."""
        return open_rule_duty(
            self.cast,
            "RATING_QUARTERLY_REVIEW",
            anchor=dt.date(2026, 6, 30),
            subject_no="C-A",
            borrower_no="C-A",
        )

    @cached_property
    def report(self) -> InspectionReport:
        duty = open_rule_duty(
            self.cast,
            "REPORT_QUARTER",
            anchor=dt.date(2026, 3, 31),
            period_key="2026Q1",
            subject_no="C-A",
            borrower_no="C-A",
            loans="L-A",
        )
        return draft_report(duty, actor=self.cast.rm_a, business_date=DAY)

    @cached_property
    def draft_log(self) -> WorkLog:
        return draft_work_log(
            actor=self.cast.rm_a,
            business_date=DAY,
            borrower=Borrower.objects.get(borrower_no="C-A"),
            kind="site_visit",
            activity_on=DAY,
            facts=[{"category": "market", "fact": "Orders fell by 12 % against May"}],
        )

    @cached_property
    def log(self) -> WorkLog:
        return submit_work_log(self.draft_log, actor=self.cast.rm_a, business_date=DAY)

    @cached_property
    def request(self) -> Request:
        return request_waiver(
            self.duty, actor=self.cast.rm_a, business_date=DAY, reason="The borrower repaid everything"
        )

    @cached_property
    def file(self) -> StoredFile:
        return store_upload(
            SimpleUploadedFile("a.pdf", PDF),
            actor=self.cast.rm_a,
            subject_type="duty",
            subject_no=str(self.duty.pk),
        )

    @cached_property
    def letter_duty(self) -> Duty:
        return self._to_send("INTEREST_REMINDER")

    @cached_property
    def notice(self) -> Notice:
        return issue_notice(self._to_send("MATURITY_NOTICE"), actor=self.cast.rm_a, business_date=DAY)

    @cached_property
    def notice_batch(self) -> NoticeBatch:
        return open_batch([self.letter_duty.pk], actor=self.cast.rm_a, business_date=DAY, token="a" * 32)

    def _to_send(self, code: str) -> Duty:
        return open_rule_duty(
            self.cast, code, anchor=dt.date(2027, 1, 5), subject_no="L-A", borrower_no="C-A", loans="L-A"
        )

    @cached_property
    def loan(self) -> Loan:
        return Loan.objects.get(loan_no="L-A")

    @cached_property
    def group_no(self) -> str:
        group = BorrowerGroup.objects.create(group_no="G-A", name="Group A")
        Borrower.objects.filter(borrower_no="C-A").update(group=group)
        return group.group_no

    @cached_property
    def guarantor_no(self) -> str:
        return build_guarantee(self.loan, "G1").guarantor_no

    @cached_property
    def collateral_no(self) -> str:
        return build_collateral("K1", self.loan).collateral_no

    @cached_property
    def run(self) -> DailyRun:
        return DailyRun.objects.create(business_date=DAY, state=RunState.DONE, finished_at=EPOCH)

    @cached_property
    def month(self) -> str:
        """A closed month, as its page's address says it."""
        end = dt.date(2026, 5, 31)
        PortfolioMonth.objects.create(month_end=end, delivered_to=end)
        return "2026-05"

    @cached_property
    def handed_in(self) -> InspectionReport:
        return build_report(self.loan.borrower, self.cast.rm_a, "RPT-1")

    @cached_property
    def figure(self) -> PortfolioFigure:
        return build_figure(self.cast.branches["S01"], "loan")

    @cached_property
    def event(self) -> AuditEvent:
        return audit.record("sample.done")

    @cached_property
    def dry_run(self) -> Job:
        from loans.tasks import CHECK_JOB

        return enqueue(CHECK_JOB, "k", {})

    def reject_file(self) -> str:
        """One file of rejected rows of the delivery."""
        from loans.services.deliveries import rejects_folder

        folder = rejects_folder(self.delivery)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "loans.csv").write_text("line,column,value,reason\n", encoding="utf-8")
        return "loans.csv"
