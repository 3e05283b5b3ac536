"""Stored files and issued documents out, through the permission of their record."""

from django.http import Http404, HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.errors import ApplicationError
from documents import pdf
from documents.selectors import is_unchanged, visible_document, visible_file
from documents.services import read_file
from org.requests import StaffRequest


@require_safe
def download(request: StaffRequest, pk: int) -> HttpResponse:
    """The file as an attachment; a browser neither shows nor guesses it. 404 when not visible."""
    stored = visible_file(request.user, pk)
    if stored is None:
        raise Http404
    return _file(read_file(stored), stored.media_type, stored.name, as_attachment=True)


@require_safe
def issued_pdf(request: StaffRequest, number: str, version: int) -> HttpResponse:
    """An issued document as it was issued, to look at or to print. 404 when not visible.

    ApplicationError("document_damaged") when its content is not what was issued.
    """
    document = visible_document(request.user, number, version)
    if document is None:
        raise Http404
    if not is_unchanged(document):
        raise ApplicationError(
            "document_damaged", _("The stored document is not what was issued."), status=500
        )
    name = f"{document.number}-v{document.version}.pdf"
    return _file(pdf.render([document]), "application/pdf", name, as_attachment=False)


def _file(content: bytes, media_type: str, name: str, *, as_attachment: bool) -> HttpResponse:
    response = HttpResponse(content, content_type=media_type)
    response.headers["Content-Disposition"] = content_disposition_header(as_attachment, name) or "inline"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response
