"""An inspection report on paper: A4, Chinese, numbered pages, number and content hash at the foot."""

from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from core.digests import content_hash
from duties.enums import SubjectType
from inspections.models import InspectionReport
from inspections.selectors import reports as read

FONTS = Path(settings.BASE_DIR) / "documents" / "fonts"
STYLE = Path(settings.BASE_DIR) / "static" / "css" / "paper.css"
FACES = """
@font-face {{ font-family: "Paper"; font-weight: 400; src: url("{regular}"); }}
@font-face {{ font-family: "Paper"; font-weight: 700; src: url("{bold}"); }}
"""


def report_html(report: InspectionReport, *, browser: bool = False) -> str:
    """The report as the page that is printed, whatever the reader's language; ``browser`` links its style."""
    with translation.override("zh-hans"):
        return render_to_string("inspections/paper.html", {**_context(report), "browser": browser})


def report_pdf(report: InspectionReport) -> bytes:
    """The same page as a PDF."""
    from weasyprint import HTML

    document = HTML(string=report_html(report), base_url=str(settings.BASE_DIR), url_fetcher=_fetch_nothing)
    pdf: bytes = document.write_pdf(stylesheets=_styles(), font_config=_fonts())
    return pdf


def _fetch_nothing(url: str, *args: Any, **kwargs: Any) -> dict[str, Any]:
    """A report's page brings its own text; nothing in it may make the server ask elsewhere."""
    raise ValueError(url)


@cache
def _fonts() -> Any:
    from weasyprint.text.fonts import FontConfiguration

    return FontConfiguration()


@cache
def _styles() -> list[Any]:
    from weasyprint import CSS

    faces = FACES.format(
        regular=(FONTS / "NotoSansSC-Regular.gb2312.otf").as_uri(),
        bold=(FONTS / "NotoSansSC-Bold.gb2312.otf").as_uri(),
    )
    return [
        CSS(string=faces, font_config=_fonts()),
        CSS(string=STYLE.read_text(encoding="utf-8"), font_config=_fonts()),
    ]


def _context(report: InspectionReport) -> dict[str, Any]:
    digest = report.content_hash or content_hash(read.content_of(report))
    return {
        "report": report,
        "bank": settings.BANK_NAME,
        "digest": digest,
        "subject": SubjectType.INSPECTION_REPORT,
        "loans": read.covered_loans(report),
        "sections": read.sections_of(report),
        "evidence": read.evidence_of(report),
        "signatures": read.signatures_of(report),
    }
