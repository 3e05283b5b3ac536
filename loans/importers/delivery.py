"""One delivery from the file to the book: identify, stage, check, apply, report."""

import datetime as dt
import hashlib
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import DatabaseError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import audit, clock
from core.locks import BOOK, exclusive
from core.models import BusinessDate
from core.staging import Staging, staging
from loans.enums import DeliveryState
from loans.importers.applying import Application, Counts
from loans.importers.checks import check_delivery
from loans.importers.contract import FILES, INSTALMENTS
from loans.importers.errors import DeliveryRefused, refuse_all
from loans.importers.loading import Staged, stage
from loans.importers.manifest import (
    Manifest,
    delivery_date,
    file_problems,
    read_manifest,
    row_problems,
    total_problems,
)
from loans.importers.merging import Moment
from loans.importers.reading import BLOCK, open_table
from loans.importers.rejects import Rejects, write_files
from loans.importers.remarks import Observer, Remark
from loans.importers.report import FileReport, Mode, Report
from loans.importers.source import Source, open_source
from loans.models import Delivery, DeliveryFile

logger = logging.getLogger("postloan.import")

IN_THE_BOOK = (DeliveryState.APPLIED, DeliveryState.PARTIAL)
KEPT_REJECTS = 200  # in the report; the reject files hold all

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Options:
    """How a delivery is imported."""

    date: dt.date | None = None
    mode: Mode = Mode.ALL_OR_NOTHING
    rejects_dir: Path | None = None
    dry_run: bool = False
    actor: Any = None
    delivery: Delivery | None = None  # the row of an uploaded delivery
    progress: Progress = field(default=lambda done, total, message: None)


def import_delivery(
    path: Path | str,
    *,
    date: dt.date | None = None,
    mode: Mode | str = Mode.ALL_OR_NOTHING,
    rejects_dir: Path | str | None = None,
    dry_run: bool = False,
    actor: Any = None,
    delivery: Delivery | None = None,
    progress: Progress | None = None,
    wait: float = 0,
) -> Report:
    """Import a folder, zip file or workbook (contracts, section 2); the same delivery again does nothing.

    Whatever is wrong with the delivery is in the report (``exit_code`` 2), nothing of it in the book then.
    ``rejects_dir`` takes the rejected rows. ``Conflict("busy")`` when another import or
    a daily run is still under way after ``wait`` seconds.
    """
    options = Options(
        date,
        Mode(mode),
        Path(rejects_dir) if rejects_dir is not None else None,
        dry_run,
        actor,
        delivery,
        progress or Options().progress,
    )
    report = Report(delivery.name if delivery else Path(path).name, options.mode, dry_run)
    started = clock.stopwatch()

    def waiting() -> None:
        options.progress(0, 1, _("Another import or a daily run is under way; this one waits for its turn."))

    with exclusive(BOOK, wait=wait, waiting=waiting):
        try:
            with open_source(Path(path)) as source, staging() as area:
                Import(source, area, options, report).run()
        except DeliveryRefused as refusal:
            _refuse(report, refusal.problems)
        except OSError as error:
            _refuse(report, [_("Reading or writing failed: %(error)s") % {"error": error.strerror or error}])
        except DatabaseError:
            logger.exception("Import of %s failed in the database.", report.name)
            _refuse(report, [_("The database refused the delivery; the log has the details.")])
        report.seconds = clock.stopwatch() - started
        if report.state == DeliveryState.REFUSED and not dry_run:
            _record_refusal(report, options)
    return report


def _refuse(report: Report, problems: list[str]) -> None:
    report.state = DeliveryState.REFUSED
    report.problems = problems
    report.message = _("Refused; nothing was applied.")


class Import:
    """The steps of one import; ``report`` fills up on the way."""

    def __init__(self, source: Source, area: Staging, options: Options, report: Report) -> None:
        self.source = source
        self.area = area
        self.options = options
        self.report = report
        self.files: dict[str, Staged] = {}
        self.manifest = Manifest()
        self.digest = ""
        self.done = 0
        self.total = 2 * sum(file.size for file in source.files.values())

    def run(self) -> None:
        self.identify()
        if self.is_known():
            return
        rejects = Rejects(self.area)
        self.stage_files(rejects)
        self.check(rejects)
        if self.report.state != DeliveryState.REFUSED:
            self.apply()

    # --- what is it? ------------------------------------------------------------------------
    def identify(self) -> None:
        """Manifest, date and digest; refusals that need no look into the files."""
        self.manifest = read_manifest(self.source.manifest)
        self.report.complete = self.manifest.complete
        self.report.business_date = delivery_date(self.options.date, self.manifest, self.source.name)
        refuse_all("manifest_differs", file_problems(self.manifest, self.source))
        self.digest = self.compute_digest()
        self.report.remarks += self.remarks_on_files()

    def compute_digest(self) -> str:
        digest = hashlib.sha256(str(self.report.business_date).encode())
        for name in FILES:
            if name in self.source.files:
                digest.update(f"\n{name} {self.source.files[name].sha256}".encode())
        return digest.hexdigest()

    def remarks_on_files(self) -> Iterator[Remark]:
        if unknown := sorted(self.source.unknown):
            yield Remark("unknown_files", len(unknown), tuple(unknown[:5]))
        if self.manifest.files and (unlisted := sorted(set(self.source.files) - set(self.manifest.files))):
            yield Remark("not_in_manifest", len(unlisted), tuple(unlisted[:5]))
        if self.manifest.unknown_totals:
            yield Remark(
                "control_total_unknown", len(self.manifest.unknown_totals), self.manifest.unknown_totals
            )

    def is_known(self) -> bool:
        """Whether it has been applied already; ``DeliveryRefused`` if the book is newer."""
        known = Delivery.objects.filter(digest=self.digest, state=DeliveryState.APPLIED).first()
        if known is not None:
            self.report.state = DeliveryState.APPLIED
            self.report.already_applied = True
            self.report.delivery_id = known.pk
            self.report.message = _("This delivery has been applied already; nothing to do.")
            self.close_upload()
            return True
        newest = Delivery.objects.filter(state__in=IN_THE_BOOK).aggregate(day=Max("business_date"))["day"]
        if newest is not None and self.day < newest:
            raise DeliveryRefused(
                "older_delivery",
                _("A delivery of %(newest)s has been applied; one of %(date)s is too old.")
                % {"newest": newest, "date": self.day},
            )
        return False

    def close_upload(self) -> None:
        upload = self.options.delivery
        if upload is not None and not self.options.dry_run:
            Delivery.objects.filter(pk=upload.pk).update(
                state=DeliveryState.KNOWN, message=self.report.message, finished_at=clock.now()
            )

    @property
    def day(self) -> dt.date:
        assert self.report.business_date is not None
        return self.report.business_date

    # --- read and check ---------------------------------------------------------------------
    def stage_files(self, rejects: Rejects) -> None:
        """Every file into its temporary table; all files that cannot be read are named at once."""
        problems: list[str] = []
        for name in FILES:
            if name in self.source.files:
                try:
                    self.stage_file(name, rejects)
                except DeliveryRefused as refusal:
                    problems += refusal.problems
        refuse_all("unreadable", problems)
        refuse_all("manifest_differs", row_problems(self.manifest, self.files))

    def stage_file(self, name: str, rejects: Rejects) -> None:
        file = self.source.files[name]
        until = self.done + file.size
        for staged in stage(self.area, rejects, FILES[name], open_table(file)):
            self.files[name] = staged
            self.done = min(self.done + BLOCK, until)
            self.tell(name)
        self.done = until

    def tell(self, name: str) -> None:
        self.options.progress(self.done, self.total, name)

    def check(self, rejects: Rejects) -> None:
        check_delivery(self.area, rejects, self.files)
        counts = rejects.rows_by_file()
        self.report.files = [
            FileReport(name, read=staged.read, rejected=counts.get(name, 0))
            for name, staged in self.files.items()
        ]
        if counts:
            self.report.rejects = rejects.first(KEPT_REJECTS)
        if self.options.rejects_dir is not None:
            written = write_files(self.source, rejects, self.options.rejects_dir)
            self.report.reject_files = [str(path) for path in written.values()]
        refuse_all("manifest_differs", total_problems(self.manifest, self.area, self.files))
        self.report.state = DeliveryState.PARTIAL if counts else DeliveryState.APPLIED
        if counts:
            self.refuse_rejected()

    def refuse_rejected(self) -> None:
        rejected = ngettext("%(n)s row was rejected", "%(n)s rows were rejected", self.report.rejected) % {
            "n": self.report.rejected
        }
        nothing_left = self.report.rejected == sum(file.read for file in self.report.files)
        if self.options.mode == Mode.ALL_OR_NOTHING or nothing_left:
            self.report.state = DeliveryState.REFUSED
            self.report.message = _("%(rejected)s; nothing was applied.") % {"rejected": rejected}

    # --- apply ------------------------------------------------------------------------------
    def apply(self) -> None:
        """Everything in one transaction: a process that dies leaves the book as it was."""
        moment = Moment(self.day, clock.now())
        with transaction.atomic():
            application = Application(self.area, self.files, moment, self.tell_applying)
            application.run()
            self.fill_report(application, Observer(self.area, self.files, moment))
            self.report.message = self.success()
            if self.options.dry_run:
                transaction.set_rollback(True)
            else:
                self.record(moment)

    def tell_applying(self, name: str) -> None:
        self.done = min(self.done + self.source.files[name].size, self.total)
        self.tell(name)

    def fill_report(self, application: Application, observer: Observer) -> None:
        for file in self.report.files:
            counts = application.counts.get(file.name, Counts())
            file.created, file.changed = counts.created, counts.changed
            file.unchanged = file.read - file.rejected - file.created - file.changed
            file.remarks = list(observer.remarks(file.name))
            if file.name == INSTALMENTS.name and application.removed_instalments:
                file.remarks.append(Remark("removed_instalments", application.removed_instalments))

    def success(self) -> str:
        if self.options.dry_run:
            return _("Dry run; nothing was applied.")
        return _("Applied in part.") if self.report.rejected else _("Applied.")

    def record(self, moment: Moment) -> None:
        """Delivery, figures per file, business date and audit row, in the transaction of the book."""
        BusinessDate.objects.get_or_create(pk=1, defaults={"current": self.day, "started_on": self.day})
        delivery = self.options.delivery or Delivery(received_at=moment.now)
        delivery.business_date, delivery.digest = self.day, self.digest
        delivery.name, delivery.complete = self.report.name[:200], self.manifest.complete
        delivery.received_by = delivery.received_by or getattr(self.options.actor, "employee_no", "")
        delivery.finished_at = clock.now()
        _save(delivery, self.report)
        audit.record(
            "delivery.applied",
            actor=self.options.actor,
            subject_type="delivery",
            subject_no=str(delivery.pk),
            after={"digest": self.digest, "state": str(self.report.state), **self.report.totals()},
            business_date=self.day,
        )


def _save(delivery: Delivery, report: Report) -> None:
    delivery.mode, delivery.state, delivery.message = report.mode, report.state, report.message
    delivery.save()
    report.delivery_id = delivery.pk
    delivery.report = report.as_dict()
    if report.reject_files:
        delivery.rejects_path = str(Path(report.reject_files[0]).parent)[:300]
    delivery.save(update_fields=["report", "rejects_path"])
    delivery.files.all().delete()
    DeliveryFile.objects.bulk_create(
        DeliveryFile(
            delivery=delivery,
            name=file.name,
            read=file.read,
            created=file.created,
            changed=file.changed,
            unchanged=file.unchanged,
            rejected=file.rejected,
            remarks=[remark.as_dict() for remark in file.remarks],
        )
        for file in report.files
    )


@transaction.atomic
def _record_refusal(report: Report, options: Options) -> None:
    """Keep what was refused and why, for the import page; a delivery without a date is not filed."""
    delivery = options.delivery
    if delivery is None:
        if report.business_date is None:
            return
        delivery = Delivery(
            received_at=clock.now(),
            received_by=getattr(options.actor, "employee_no", ""),
            name=report.name[:200],
        )
    delivery.business_date = report.business_date or delivery.business_date
    delivery.finished_at = clock.now()
    _save(delivery, report)
    audit.record(
        "delivery.refused",
        actor=options.actor,
        subject_type="delivery",
        subject_no=str(delivery.pk),
        after={"problems": report.problems[:20], **report.totals()},
        business_date=report.business_date,
    )
