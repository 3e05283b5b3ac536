"""Receiving an uploaded delivery: stored, noted, and imported in the background."""

import datetime as dt
import hashlib
import logging
import re
import shutil
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files import File
from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core import audit, clock, jobs
from core.enums import RunState
from core.errors import ApplicationError, Conflict
from core.locks import exclusive
from core.models import Job
from core.selectors import business_date
from loans.enums import DeliveryState
from loans.models import Delivery
from loans.permissions import require_import
from org.models import ApiClient, User

logger = logging.getLogger("postloan.import")

JOB = "import_delivery"
CHECK_JOB = "check_delivery"
FOLDER = "deliveries"
TWIN_SECONDS = 10
UNDER_WAY = (DeliveryState.RECEIVED, DeliveryState.CHECKING)
SUFFIXES = (".zip", ".xlsx")
ZIP_MAGIC = b"PK\x03\x04"  # a workbook is a zip file, too


@dataclass(frozen=True)
class Stored:
    """An uploaded file on the disk: its path below MEDIA_ROOT, its digest and its size."""

    path: str
    sha256: str
    size: int


def receive_delivery(
    upload: "File[Any]", *, actor: User | ApiClient, mode: str = "all-or-nothing", date: dt.date | None = None
) -> Delivery:
    """Store an uploaded zip file or workbook and start its import in the background.

    ``date`` is needed when neither the manifest nor the file's name has it. ApplicationError with a message
    for the field ``file`` when it is of the wrong kind or too large. The same file again, while its import
    waits or runs, is the same delivery.
    """
    require_import(actor)
    check_file(upload)
    stored = _store(upload)
    # Two presses of the button arrive at the same time: the second one waits here and finds the first one's.
    with exclusive(f"upload-{stored.sha256}", wait=TWIN_SECONDS):
        twin = _unfinished(stored, mode)
        if twin is not None:
            forget_upload(_absolute(stored.path))
            return twin
        return _enter(upload, stored, actor, mode, date)


def _unfinished(stored: Stored, mode: str) -> Delivery | None:
    waiting = Delivery.objects.filter(digest=stored.sha256, mode=mode, state__in=UNDER_WAY)
    return waiting.order_by("pk").first()


@transaction.atomic
def _enter(
    upload: "File[Any]", stored: Stored, actor: User | ApiClient, mode: str, date: dt.date | None
) -> Delivery:
    delivery = Delivery.objects.create(
        business_date=date or business_date(),
        digest=stored.sha256,  # of the upload; the import puts that of the content in its place
        name=Path(upload.name or "").name[:200],
        mode=mode,
        state=DeliveryState.RECEIVED,
        received_at=clock.now(),
        received_by=actor.employee_no,
        stored_path=stored.path,
    )
    audit.record(
        "delivery.received",
        actor=actor,
        subject_type="delivery",
        subject_no=str(delivery.pk),
        after={"name": delivery.name, "bytes": stored.size, "sha256": stored.sha256, "mode": mode},
        business_date=business_date(),
    )
    payload = {"delivery_id": delivery.pk, "date": _iso(date), "language": get_language()}
    jobs.enqueue(JOB, str(delivery.pk), payload, owner_no=actor.employee_no)
    return delivery


def check_upload(
    upload: "File[Any]", *, actor: User | ApiClient, mode: str = "all-or-nothing", date: dt.date | None = None
) -> Job:
    """Try an uploaded delivery out in the background: nothing is applied, the report is the job's result."""
    require_import(actor)
    check_file(upload)
    stored = _store(upload)
    payload = {"path": stored.path, "mode": mode, "date": _iso(date), "language": get_language()}
    key = f"{stored.sha256}/{mode}/{_iso(date) or ''}"
    job = jobs.enqueue(CHECK_JOB, key, payload, owner_no=actor.employee_no)
    if job.payload["path"] != stored.path:
        forget_upload(_absolute(stored.path))
    return job


@transaction.atomic
def retry_import(delivery: Delivery, *, actor: User | ApiClient) -> Job:
    """Start an import again that ended without an answer (the worker died, another import was running).

    Conflict when it has an answer, or is waiting or running.
    """
    require_import(actor)
    last = Job.objects.filter(kind=JOB, key=str(delivery.pk)).order_by("-pk").first()
    if delivery.state not in UNDER_WAY or last is None or last.state != RunState.FAILED:
        raise Conflict("not_stuck", _("This import has ended, or is still under way."))
    audit.record(
        "delivery.retried",
        actor=actor,
        subject_type="delivery",
        subject_no=str(delivery.pk),
        before={"message": last.message},
        business_date=business_date(),
    )
    return jobs.enqueue(JOB, last.key, last.payload, owner_no=actor.employee_no)


@transaction.atomic
def note_rejects_exported(delivery: Delivery, name: str, *, actor: User | ApiClient) -> None:
    """Leave a trace that somebody took rejected rows, which show customers, out of the house."""
    audit.record(
        "delivery.rejects_exported",
        actor=actor,
        subject_type="delivery",
        subject_no=str(delivery.pk),
        after={"file": name},
        business_date=business_date(),
    )


def _iso(date: dt.date | None) -> str | None:
    return date.isoformat() if date else None


def forget_upload(path: Path) -> None:
    """Remove the file of a dry run; the report stays."""
    shutil.rmtree(path.parent, ignore_errors=True)


def check_file(upload: "File[Any]") -> None:
    """Refuse what is no archive or too large, beside the field ``file``."""
    if not (upload.name or "").lower().endswith(SUFFIXES):
        _refuse(_("A zip file or a workbook (.xlsx) is expected."))
    if upload.size > settings.DELIVERY_MAX_BYTES:
        _refuse(_("Larger than %(n)s MB.") % {"n": settings.DELIVERY_MAX_BYTES // 1024**2})
    upload.seek(0)
    if upload.read(len(ZIP_MAGIC)) != ZIP_MAGIC:
        _refuse(_("The file is not what its name says."))
    upload.seek(0)


def _refuse(message: str) -> None:
    raise ApplicationError("bad_upload", message, details={"file": [message]})


def _store(upload: "File[Any]") -> Stored:
    """Write the upload below MEDIA_ROOT, under its own name in a folder of its own."""
    name = re.sub(r"[^\w.\-]", "_", Path(upload.name or "").name)[-120:]
    path, digest, size = Path(FOLDER, "uploads", uuid.uuid4().hex, name), hashlib.sha256(), 0
    _absolute(path).parent.mkdir(parents=True, exist_ok=True)
    try:
        with _absolute(path).open("wb") as target:
            for piece in upload.chunks():
                target.write(piece)
                digest.update(piece)
                size += len(piece)
    except OSError as error:
        logger.exception("Delivery not stored.")
        forget_upload(_absolute(path))
        raise ApplicationError(
            "storage_unavailable", _("The file could not be stored; try again later."), status=503
        ) from error
    return Stored(str(path), digest.hexdigest(), size)


def _absolute(path: str | Path) -> Path:
    return Path(settings.MEDIA_ROOT) / path


def rejects_folder(delivery: Delivery) -> Path:
    """Where the reject files of an uploaded delivery are kept."""
    return Path(settings.MEDIA_ROOT) / FOLDER / str(delivery.pk) / "rejects"
