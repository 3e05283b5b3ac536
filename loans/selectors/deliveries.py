"""Reads of the import pages."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db.models import QuerySet

from core import clock
from core.enums import RunState
from core.models import Job
from core.paging import KeysetPage, Order, keyset_page
from loans.enums import DeliveryState
from loans.models import Delivery, DeliveryFile
from org.models import ApiClient, User
from org.selectors import actor_names

PAGE = 20
UNDER_WAY = (DeliveryState.RECEIVED, DeliveryState.CHECKING)
BUSY = (RunState.PENDING, RunState.RUNNING)
REJECTS_SHOWN = 100
DRY_RUNS_SHOWN = 5
WAITS_LONG = dt.timedelta(minutes=1)


def delivery_page(params: Mapping[str, str]) -> KeysetPage:
    """A page of deliveries, newest first; one query."""
    return keyset_page(Delivery.objects.defer("report"), Order("pk", descending=True), params, PAGE)


def visible_deliveries(reader: User | ApiClient) -> QuerySet[Delivery]:
    """Deliveries bring facts of all branches: people who may see imports see every one, another system
    below the head office only its own."""
    if not reader.is_system or reader.branch is None or reader.branch.parent_id is None:
        return Delivery.objects.all()
    return Delivery.objects.filter(received_by=reader.employee_no)


def uploaders(deliveries: Iterable[Delivery]) -> dict[str, str]:
    """Names of the people and systems that uploaded deliveries, by number; no query for none."""
    numbers = {row.received_by for row in deliveries if row.received_by}
    return actor_names(numbers)


@dataclass(frozen=True)
class DryRun:
    """A dry run in the list: it has no delivery, its report is the job's result."""

    job: Job

    @property
    def name(self) -> str:
        return Path(self.job.payload.get("path", "")).name

    @property
    def rejected(self) -> int | None:
        totals = self.job.result.get("totals", {})
        return totals.get("rejected")

    @property
    def refused(self) -> bool:
        return self.job.result.get("state") == DeliveryState.REFUSED


def dry_runs(kind: str) -> list[DryRun]:
    """The newest dry runs, so that one that was left can be found again; one query."""
    return [DryRun(job) for job in Job.objects.filter(kind=kind).order_by("-id")[:DRY_RUNS_SHOWN]]


@dataclass(frozen=True)
class DeliveryReport:
    """One delivery, or one dry run: figures per file, rejects, remarks, progress."""

    report: dict[str, Any]
    job: Job | None
    now: dt.datetime
    delivery: Delivery | None = None
    files: list[Any] = field(default_factory=list)
    reject_files: list[str] = field(default_factory=list)

    @property
    def under_way(self) -> bool:
        return self.job is not None and self.job.state in BUSY

    @property
    def waits_long(self) -> bool:
        """No worker has taken it for a while."""
        return (
            self.job is not None
            and self.job.state == RunState.PENDING
            and self.now - self.job.created_at > WAITS_LONG
        )

    @property
    def stuck(self) -> bool:
        """The work ended without an answer; it can be started again."""
        unanswered = self.delivery is not None and self.delivery.state in UNDER_WAY
        return unanswered and self.job is not None and self.job.state == RunState.FAILED

    @property
    def refused(self) -> bool:
        state = self.delivery.state if self.delivery is not None else self.report.get("state")
        return state == DeliveryState.REFUSED

    @property
    def applied_before(self) -> int | None:
        """The delivery that had brought the same content already."""
        if self.delivery is None:
            return self.report.get("delivery") if self.report.get("already_applied") else None
        return self.job.result.get("applied_before") if self.job is not None else None

    @property
    def message(self) -> str:
        """What came of it, in one line."""
        if self.stuck or (
            self.delivery is None and self.job is not None and self.job.state == RunState.FAILED
        ):
            return self.job.message if self.job is not None else ""
        if self.delivery is not None:
            return self.delivery.message
        return str(self.report.get("message", ""))

    @property
    def problems(self) -> list[str]:
        return list(self.report.get("problems", []))

    @property
    def rejects(self) -> list[dict[str, Any]]:
        return list(self.report.get("rejects", []))[:REJECTS_SHOWN]

    @property
    def totals(self) -> dict[str, int]:
        return dict(self.report.get("totals", {}))

    @property
    def remarks(self) -> list[dict[str, Any]]:
        """Remarks on the delivery and on its files."""
        own = [{"file": "", **remark} for remark in self.report.get("remarks", [])]
        return own + [
            {"file": file["name"], **remark}
            for file in self.report.get("files", [])
            for remark in file.get("remarks", [])
        ]


def delivery_report(delivery: Delivery, *, job_kind: str, rejects: Path) -> DeliveryReport:
    """What became of a delivery; ``rejects`` is the folder of its reject files. Two queries."""
    return DeliveryReport(
        report=delivery.report or {},
        job=Job.objects.filter(kind=job_kind, key=str(delivery.pk)).order_by("-id").first(),
        now=clock.now(),
        delivery=delivery,
        files=list(DeliveryFile.objects.filter(delivery=delivery)),
        reject_files=reject_names(rejects),
    )


def dry_run_report(job: Job) -> DeliveryReport:
    """What a dry run found; it leaves nothing but this report."""
    report = job.result if job.state == RunState.DONE else {}
    return DeliveryReport(report=report, job=job, now=clock.now(), files=report.get("files", []))


def reject_names(folder: Path) -> list[str]:
    """The names of the reject files in a folder."""
    return sorted(path.name for path in folder.glob("*.csv")) if folder.is_dir() else []
