"""Reads over stored files and issued documents; permission comes from the record they belong to."""

from django.db.models import QuerySet

from core import subjects
from core.digests import content_hash
from documents.models import IssuedDocument, StoredFile
from org.models import User


def files_of(subject_type: str, subject_no: str) -> QuerySet[StoredFile]:
    """The files of one record, newest first; the caller has checked that the record is visible."""
    return StoredFile.objects.filter(subject_type=subject_type, subject_no=subject_no).select_related(
        "uploaded_by"
    )


def visible_file(user: User, pk: int) -> StoredFile | None:
    """The file if the user may see the record that it belongs to."""
    file = StoredFile.objects.filter(pk=pk).first()
    if file is None or not subjects.visible_to(user, file.subject_type, file.subject_no):
        return None
    return file


def duplicates_of(file: StoredFile) -> QuerySet[StoredFile]:
    """Earlier uploads of the same bytes: a reused photo shows here."""
    return StoredFile.objects.filter(sha256=file.sha256, pk__lt=file.pk).order_by("pk")


def is_unchanged(document: IssuedDocument) -> bool:
    """Whether the document's content still has the digest that it was issued with."""
    return document_digest(document) == document.content_sha256


def document_digest(document: IssuedDocument) -> str:
    return content_hash(
        {
            "number": document.number,
            "version": document.version,
            "template": document.template,
            "context": document.context,
        }
    )


def visible_document(user: User, number: str, version: int) -> IssuedDocument | None:
    """The document if the user may see the record that it was issued for."""
    found = IssuedDocument.objects.filter(number=number, version=version).first()
    if found is None or not subjects.visible_to(user, found.subject_type, found.subject_no):
        return None
    return found
