"""Printing: HTML pages become PDF with the house's fonts.

WeasyPrint is loaded when the first page is printed; fonts and style sheets are then kept, which makes every
further page several times quicker. The same page gives the same bytes. A page may read the house's own files
and asks nobody else for anything.
"""

import atexit
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from core.errors import ApplicationError

FONTS = Path(__file__).parent / "fonts"
STYLES = Path(settings.BASE_DIR) / "static" / "css"
FACE = '@font-face {{ font-family: "Noto Sans SC"; font-weight: {weight}; src: url("{url}"); }}'
_turn = Lock()  # pango's font maps are not made for several threads


def lay_out(html: str, style: str) -> Any:
    """A page laid out with ``static/css/<style>``; its ``pages`` can be joined with others'.

    ApplicationError("pdf_unavailable") without the system's library. Takes about a tenth of a second: never
    call it inside a transaction.
    """
    library, fonts, fetcher = _library()
    with _turn:
        sheets = _sheets(style)
        return library.HTML(string=html, url_fetcher=fetcher).render(font_config=fonts, stylesheets=sheets)


def print_page(html: str, style: str) -> bytes:
    """A page as a PDF; errors of ``lay_out``."""
    return join([lay_out(html, style)])


def join(laid_out: Iterable[Any]) -> bytes:
    """One PDF of pages that were laid out, each with numbers of its own."""
    documents = list(laid_out)
    pages = [page for document in documents for page in document.pages]
    with _turn:
        content: bytes = documents[-1].copy(pages).write_pdf()
    return content


@cache
def _library() -> tuple[Any, Any, Any]:
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
    atexit.register(_let_go)
    return weasyprint, FontConfiguration(), URLFetcher(allowed_protocols={"file"})


@cache
def _sheets(style: str) -> list[Any]:
    library, fonts, fetcher = _library()
    faces = "\n".join(
        FACE.format(weight=weight, url=(FONTS / f"NotoSansSC-{name}.gb2312.otf").as_uri())
        for name, weight in (("Regular", 400), ("Bold", 700))
    )
    return [
        library.CSS(string=faces, font_config=fonts, url_fetcher=fetcher),
        library.CSS(filename=STYLES / style, font_config=fonts, url_fetcher=fetcher),
    ]


def _let_go() -> None:
    """Before the interpreter goes, which would complain of fonts that are still held."""
    _sheets.cache_clear()
    _library.cache_clear()
