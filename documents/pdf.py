"""Issued documents on paper: their frozen template and values as HTML, and as PDF.

WeasyPrint is loaded when the first document is printed; fonts and style sheet are then kept, which makes
every further one several times quicker. The same document gives the same bytes.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from core.errors import ApplicationError
from documents.models import IssuedDocument

FONTS = Path(__file__).parent / "fonts"
STYLE = Path(settings.BASE_DIR) / "static" / "css" / "letter.css"
FACE = '@font-face {{ font-family: "Noto Sans SC"; font-weight: {weight}; src: url("{url}"); }}'
SHORT = 12
"""So many characters of the content's hash stand at the foot of a page."""

Tell = Callable[[int, int], None]


@dataclass(frozen=True)
class _Press:
    """What is made once and kept: the library, the fonts it knows, the style sheet."""

    library: Any
    fonts: Any
    sheets: list[Any]
    fetcher: Any


_turn = Lock()  # pango's font maps are not made for several threads


@cache
def _press() -> _Press:
    try:
        import weasyprint
        from weasyprint.text.fonts import FontConfiguration
        from weasyprint.urls import URLFetcher
    except OSError as error:  # the system's pango is missing
        raise ApplicationError(
            "pdf_unavailable",
            _("The PDF component is missing on this server: an operator runs make system-deps."),
            status=503,
        ) from error
    fonts = FontConfiguration()
    fetcher = URLFetcher(allowed_protocols={"file"})
    faces = "\n".join(
        FACE.format(weight=weight, url=(FONTS / f"NotoSansSC-{name}.gb2312.otf").as_uri())
        for name, weight in (("Regular", 400), ("Bold", 700))
    )
    sheets = [
        weasyprint.CSS(string=faces, font_config=fonts, url_fetcher=fetcher),
        weasyprint.CSS(filename=STYLE, font_config=fonts, url_fetcher=fetcher),
    ]
    return _Press(weasyprint, fonts, sheets, fetcher)


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
    press = _press()
    pages: list[Any] = []
    for done, document in enumerate(rows, start=1):
        with _turn:
            laid_out = press.library.HTML(string=page(document), url_fetcher=press.fetcher).render(
                font_config=press.fonts, stylesheets=press.sheets
            )
        pages.extend(laid_out.pages)
        tell(done, len(rows))
    with _turn:
        content: bytes = laid_out.copy(pages).write_pdf()
    return content
