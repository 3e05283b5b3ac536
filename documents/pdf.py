"""Issued documents on paper: their frozen template and values as HTML, and as PDF."""

from collections.abc import Callable, Iterable

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import SafeString, mark_safe

from documents.models import IssuedDocument
from documents.press import join, lay_out

STYLE = "letter.css"
SHORT = 12
"""So many characters of the content's hash stand at the foot of a page."""

Tell = Callable[[int, int], None]


def body(document: IssuedDocument) -> SafeString:
    """The document's text as HTML, in the language that it is written in, whatever the reader's."""
    with translation.override(settings.LANGUAGE_CODE):
        context = {**document.context, "number": document.number, "version": document.version}
        return mark_safe(render_to_string(document.template, context))  # noqa: S308 - an escaped template


def page(document: IssuedDocument) -> str:
    """The whole page that is printed: the text, and what stands at the foot of every sheet."""
    context = {"document": document, "body": body(document), "digest": document.content_sha256[:SHORT]}
    return render_to_string("documents/print.html", context)


def render(documents: Iterable[IssuedDocument], tell: Tell = lambda done, total: None) -> bytes:
    """One PDF of the documents, each with pages numbered of its own.

    ``tell(done, total)`` after each. ApplicationError("pdf_unavailable") without the system's library.
    Never call it inside a transaction: it takes a tenth of a second a document.
    """
    rows = list(documents)
    laid_out = []
    for done, document in enumerate(rows, start=1):
        laid_out.append(lay_out(page(document), STYLE))
        tell(done, len(rows))
    return join(laid_out)
