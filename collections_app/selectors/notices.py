"""Reads of the letters' pages; every one starts from the rows a person may see."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from collections_app.models import Notice, NoticeBatch, NoticeDelivery, NoticeReceipt
from collections_app.selectors.cases import Case, notice_duties
from core.models import AuditEvent, Job
from core.paging import KeysetPage, Order, keyset_page
from documents.models import IssuedDocument
from duties.enums import SubjectType
from duties.models import Duty
from loans.enums import Liability
from loans.models import Borrower, Guarantee
from org.models import User

PAGE = 50
EVENTS_SHOWN = 50


def waiting(user: User) -> QuerySet[Duty]:
    """Open duties that have no letter yet."""
    standing = Notice.objects.standing().filter(duty=OuterRef("pk"))
    rows: QuerySet[Duty] = notice_duties(user).open().filter(~Exists(standing))  # type: ignore[attr-defined]
    return rows


@dataclass(frozen=True)
class DueLine:
    """One duty that waits for its letter."""

    duty: Duty
    borrower: str
    guarantor: str = ""


def due_page(duties: QuerySet[Duty], params: Mapping[str, str]) -> KeysetPage:
    """A page of duties by deadline, with names; two queries."""
    page = keyset_page(duties.select_related("owner", "branch", "rule"), Order("due_on"), params, PAGE)
    names = _borrower_names(page.rows)
    lines = [
        DueLine(
            duty,
            names.get(duty.borrower_no or "", duty.borrower_no or duty.subject_no),
            str((duty.explanation or {}).get("guarantor", "")),
        )
        for duty in page.rows
    ]
    return KeysetPage(lines, after=page.after, before=page.before)


def _borrower_names(duties: list[Duty]) -> dict[str, str]:
    rows = Borrower.objects.filter(borrower_no__in={duty.borrower_no for duty in duties})
    return dict(rows.values_list("borrower_no", "name"))


def notice_page(notices: QuerySet[Notice], params: Mapping[str, str], order: Order) -> KeysetPage:
    """A page of letters; one query."""
    rows = notices.select_related("document", "borrower", "branch", "owner", "duty")
    return keyset_page(rows, order, params, PAGE)


def visible_notice(user: User, pk: int) -> Notice | None:
    rows = Notice.objects.visible_to(user).select_related(
        "document", "borrower", "duty__branch", "duty__owner", "duty__rule", "branch", "owner", "batch"
    )
    return rows.filter(pk=pk).first()


def standing_notice(duty: Duty) -> Notice | None:
    """The letter of a duty that was not voided."""
    return Notice.objects.standing().filter(duty=duty.pk).first()


@dataclass(frozen=True)
class NoticeHistory:
    """What happened to one letter."""

    versions: list[IssuedDocument]
    deliveries: list[NoticeDelivery]
    receipts: list[NoticeReceipt]
    events: list[AuditEvent]


def notice_history(notice: Notice) -> NoticeHistory:
    """Versions, deliveries, receipts and acts; four queries."""
    versions = IssuedDocument.objects.none()
    if notice.document:
        versions = IssuedDocument.objects.filter(number=notice.document.number).order_by("-version")
    events = AuditEvent.objects.filter(subject_type=SubjectType.NOTICE, subject_no=str(notice.pk))
    return NoticeHistory(
        versions=list(versions.select_related("issued_by")),
        deliveries=list(notice.deliveries.select_related("proof", "recorded_by").order_by("-pk")),
        receipts=list(notice.receipts.select_related("scan", "recorded_by").order_by("-pk")),
        events=list(events.order_by("-id")[:EVENTS_SHOWN]),
    )


@dataclass(frozen=True)
class Caution:
    """What the sender of a letter should know; the text stands in the template, by ``code``."""

    code: str
    on: dt.date | None = None


def cautions(guarantee: Guarantee | None, address: str, on: dt.date) -> list[Caution]:
    """What a letter does not do: save a general guarantee, revive an expired one, arrive without an address
    (Civil Code 686, 693; interpretation on guarantees 34)."""
    found = []
    if guarantee and guarantee.expires_on < on:
        found.append(Caution("expired", guarantee.expires_on))
    elif guarantee and guarantee.liability != Liability.JOINT:
        found.append(Caution("general", guarantee.expires_on))
    if not address:
        found.append(Caution("no_address"))
    return found


def case_cautions(case: Case, on: dt.date) -> list[Caution]:
    return cautions(case.guarantee, case.address, on)


def notice_cautions(notice: Notice, on: dt.date) -> list[Caution]:
    """The same for an issued letter; one query for a guarantor's."""
    loan_no, _slash, guarantor_no = notice.duty.subject_no.partition("/")
    guarantee = None
    if guarantor_no:
        guarantee = Guarantee.objects.filter(loan__loan_no=loan_no, guarantor_no=guarantor_no).first()
    return cautions(guarantee, notice.address, on)


@dataclass(frozen=True)
class BatchPage:
    """One batch with its job, its letters and what was refused."""

    batch: NoticeBatch
    job: Job | None
    notices: list[Notice]
    refused: list[dict[str, Any]]

    @property
    def under_way(self) -> bool:
        return self.job is not None and self.job.state in ("pending", "running")


def visible_batch(user: User, pk: int) -> NoticeBatch | None:
    rows = NoticeBatch.objects.visible_to(user).select_related("created_by", "branch", "pdf")
    return rows.filter(pk=pk).first()


def batch_page(batch: NoticeBatch, user: User) -> BatchPage:
    """Job, letters and refusals; three queries. A letter outside the reader's scope is not shown."""
    rows = Notice.objects.visible_to(user).filter(batch=batch)
    duties = Duty.objects.visible_to(user).in_bulk([row["duty"] for row in batch.refusals])
    return BatchPage(
        batch=batch,
        job=Job.objects.filter(pk=batch.job_id or 0).first(),
        notices=list(rows.select_related("document", "duty").order_by("document__number")),
        refused=[{**row, "duty": duties[row["duty"]]} for row in batch.refusals if row["duty"] in duties],
    )


def latest_batches(user: User) -> list[NoticeBatch]:
    """The newest batches, so that nobody has to remember an address."""
    rows = NoticeBatch.objects.visible_to(user).select_related("created_by", "pdf")
    return list(rows.order_by("-pk")[:5])
