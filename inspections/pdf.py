"""An inspection report on paper: A4, Chinese, numbered pages, number and content hash at the foot."""

from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from core.digests import content_hash
from documents.press import print_page
from duties.enums import SubjectType
from inspections.models import InspectionReport
from inspections.selectors import reports as read

STYLE = "paper.css"


def report_html(report: InspectionReport, *, browser: bool = False) -> str:
    """The report as the page that is printed, whatever the reader's language; ``browser`` links its style."""
    with translation.override("zh-hans"):
        return render_to_string("inspections/paper.html", {**_context(report), "browser": browser})


def report_pdf(report: InspectionReport) -> bytes:
    """The same page as a PDF."""
    return print_page(report_html(report), STYLE)


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
