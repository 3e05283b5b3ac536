"""Storing uploads, giving out numbers, issuing documents."""

import datetime as dt
import hashlib
import logging
import os
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from core import audit, clock, subjects
from core.errors import ApplicationError, Conflict, PermissionRefused
from documents.enums import MediaType
from documents.models import IssuedDocument, NumberSeries, StoredFile
from documents.rules import identify, refuse
from documents.selectors import document_digest
from org.models import Branch, User

logger = logging.getLogger("postloan.documents")

NAME_LENGTH = 120


def store_upload(file: UploadedFile, *, actor: User, subject_type: str, subject_no: str) -> StoredFile:
    """Keep an uploaded file as evidence of a record that the actor may see.

    ApplicationError("upload_refused") for a wrong type, a file that is too large or carries something
    else, ("storage_unavailable") when the disk does not take it; PermissionRefused for another's record.
    """
    if not subjects.visible_to(actor, subject_type, subject_no):
        raise PermissionRefused("not_your_record", _("You cannot add a file to this record."))
    content = _read(file)
    name = _clean_name(file.name or "")
    stored = StoredFile(
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        media_type=identify(name, content),
        name=name,
        subject_type=subject_type,
        subject_no=subject_no,
        uploaded_by=actor,
        uploaded_at=clock.now(),
    )
    _write(stored.path, content)
    with transaction.atomic():
        stored.save()
        audit.record(
            "file.stored",
            actor=actor,
            subject_type=subject_type,
            subject_no=subject_no,
            after={"file": stored.pk, "name": name, "sha256": stored.sha256, "size": stored.size},
        )
    return stored


def _read(file: UploadedFile) -> bytes:
    limit = settings.UPLOAD_MAX_BYTES
    content: bytes = file.read(limit + 1)
    if len(content) > limit:
        refuse(_("The file is larger than %(mb)s MB.") % {"mb": limit // (1024 * 1024)})
    return content


def _clean_name(name: str) -> str:
    """The file's own name without folders and control characters, its ending kept."""
    plain = "".join(char for char in PurePath(name.replace("\\", "/")).name if char.isprintable())
    path = PurePath(plain.strip() or "file")
    return path.stem[:NAME_LENGTH] + path.suffix[:20]


def _write(path: Path, content: bytes) -> None:
    """Put the bytes under their hash, whole or not at all."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as part:
            try:
                part.write(content)
                part.flush()
                os.fsync(part.fileno())
            except OSError:
                Path(part.name).unlink()
                raise
        Path(part.name).chmod(settings.FILE_UPLOAD_PERMISSIONS)
        Path(part.name).replace(path)
    except OSError as error:
        logger.exception("Upload not written.")
        raise ApplicationError(
            "storage_unavailable", _("The file could not be stored; try again later."), status=503
        ) from error


def read_file(stored: StoredFile) -> bytes:
    """The bytes of a stored file; ApplicationError("file_damaged") when they are not what was stored."""
    try:
        content = stored.path.read_bytes()
    except OSError:
        content = b""
    if hashlib.sha256(content).hexdigest() != stored.sha256:
        logger.error("Stored file %s is missing or damaged.", stored.pk)
        raise ApplicationError("file_damaged", _("The stored file is missing or damaged."), status=500)
    return content


def next_number(kind: str, *, year: int, branch_no: str = "") -> str:
    """The next number of a kind, branch and year, as ``KIND-BRANCH-2026-000001``.

    Gapless: the number goes back when the transaction does, and others wait until it ends. RuntimeError
    outside ``atomic()``.
    """
    return next_numbers(kind, 1, year=year, branch_no=branch_no)[0]


def next_numbers(kind: str, count: int, *, year: int, branch_no: str = "") -> list[str]:
    """The next so many numbers in a row, with the queries of one."""
    if not connection.in_atomic_block:
        raise RuntimeError("A number belongs into the transaction of what it numbers.")
    series, _created = NumberSeries.objects.get_or_create(kind=kind, branch_no=branch_no, year=year)
    NumberSeries.objects.filter(pk=series.pk).update(last=F("last") + count)
    series.refresh_from_db(fields=["last"])
    numbers = range(series.last - count + 1, series.last + 1)
    return ["-".join(filter(None, (kind, branch_no, str(year), f"{number:06d}"))) for number in numbers]


@dataclass(frozen=True)
class Draft:
    """A document before it is issued; the fields are those of ``issue``."""

    kind: str
    branch: Branch
    subject_type: str
    subject_no: str
    template: str
    context: Mapping[str, Any]


@transaction.atomic
def issue_many(
    drafts: Sequence[Draft], *, actor: User, business_date: dt.date, subject_type: str, subject_no: str
) -> list[IssuedDocument]:
    """Issue documents as one act about a record (a batch), in the order of the drafts.

    The queries grow with the kinds and branches among them, not with their number; one audit row names all.
    """
    numbers = _numbers(drafts, business_date.year)
    documents = [
        _filled(
            IssuedDocument(
                number=next(numbers[draft.kind, draft.branch.pk]),
                kind=draft.kind,
                subject_type=draft.subject_type,
                subject_no=draft.subject_no,
                branch=draft.branch,
                template=draft.template,
            ),
            draft.context,
            actor,
            business_date,
        )
        for draft in drafts
    ]
    IssuedDocument.objects.bulk_create(documents)
    if documents:
        audit.record(
            "document.batch_issued",
            actor=actor,
            subject_type=subject_type,
            subject_no=subject_no,
            after={"documents": {str(document): document.content_sha256 for document in documents}},
            business_date=business_date,
        )
    return documents


def _numbers(drafts: Sequence[Draft], year: int) -> dict[tuple[str, int], Iterator[str]]:
    """Numbers for all drafts of each kind and branch; series are locked in one order."""
    branches = {draft.branch.pk: draft.branch.branch_no for draft in drafts}
    wanted = Counter((draft.kind, draft.branch.pk) for draft in drafts)
    return {
        (kind, pk): iter(next_numbers(kind, count, year=year, branch_no=branches[pk]))
        for (kind, pk), count in sorted(wanted.items())
    }


@transaction.atomic
def issue(
    kind: str,
    *,
    actor: User,
    business_date: dt.date,
    branch: Branch,
    subject_type: str,
    subject_no: str,
    template: str,
    context: Mapping[str, Any],
) -> IssuedDocument:
    """Issue a document under the next number of its kind, branch and year; its values are frozen."""
    document = IssuedDocument(
        number=next_number(kind, year=business_date.year, branch_no=branch.branch_no),
        kind=kind,
        subject_type=subject_type,
        subject_no=subject_no,
        branch=branch,
        template=template,
    )
    return _issue(document, context, actor, business_date)


@transaction.atomic
def reissue(
    document: IssuedDocument, *, actor: User, business_date: dt.date, context: Mapping[str, Any]
) -> IssuedDocument:
    """Issue a corrected version under the same number; Conflict when it was replaced already."""
    successor = IssuedDocument(
        number=document.number,
        version=document.version + 1,
        replaces=document,
        kind=document.kind,
        subject_type=document.subject_type,
        subject_no=document.subject_no,
        branch=document.branch,
        template=document.template,
    )
    try:
        with transaction.atomic():
            return _issue(successor, context, actor, business_date)
    except IntegrityError:
        raise Conflict("replaced", _("This document has been replaced by a newer version.")) from None


def _issue(
    document: IssuedDocument, context: Mapping[str, Any], actor: User, business_date: dt.date
) -> IssuedDocument:
    _filled(document, context, actor, business_date)
    document.save(force_insert=True)
    audit.record(
        "document.issued",
        actor=actor,
        subject_type=document.subject_type,
        subject_no=document.subject_no,
        after={"number": str(document), "kind": document.kind, "sha256": document.content_sha256},
        business_date=business_date,
    )
    return document


def _filled(
    document: IssuedDocument, context: Mapping[str, Any], actor: User, business_date: dt.date
) -> IssuedDocument:
    """The document with its values frozen and hashed; not saved yet."""
    document.context = audit.plain(context)
    document.content_sha256 = document_digest(document)
    document.issued_by, document.issued_on, document.issued_at = actor, business_date, clock.now()
    return document


def store_made(
    content: bytes, name: str, media_type: MediaType, *, actor: User, subject_type: str, subject_no: str
) -> StoredFile:
    """Keep a file that the product itself made, such as the PDF of a batch."""
    stored = StoredFile(
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        media_type=media_type,
        name=name,
        subject_type=subject_type,
        subject_no=subject_no,
        uploaded_by=actor,
        uploaded_at=clock.now(),
    )
    _write(stored.path, content)
    stored.save()
    return stored
