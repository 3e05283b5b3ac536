"""Stored files out, through the permission of their record."""

from django.http import Http404, HttpResponse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from documents.selectors import visible_file
from documents.services import read_file
from org.requests import StaffRequest


@require_safe
def download(request: StaffRequest, pk: int) -> HttpResponse:
    """The file as an attachment; a browser neither shows nor guesses it. 404 when not visible."""
    stored = visible_file(request.user, pk)
    if stored is None:
        raise Http404
    response = HttpResponse(read_file(stored), content_type=stored.media_type)
    response.headers["Content-Disposition"] = content_disposition_header(True, stored.name)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response
