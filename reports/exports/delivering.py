"""The monthly summary handed out: the file, and the trace that it leaves."""

import io

from django.db import transaction

from core import audit
from org.models import User
from reports.exports.pdf import render_pdf
from reports.exports.titles import Titles
from reports.exports.workbook import write_workbook
from reports.selectors.summary import Summary


def export_summary(summary: Summary, kind: str, *, actor: User | None) -> bytes:
    """The summary as a file (``xlsx`` or ``pdf``); leaves a trace.

    ApplicationError("pdf_unavailable") when the PDF component is missing.
    """
    titles = Titles.of(summary, actor)
    content = render_pdf(summary, titles) if kind == "pdf" else _workbook(summary, titles)
    with transaction.atomic():
        audit.record(
            "report.exported",
            actor=actor,
            subject_type="portfolio",
            subject_no=f"{summary.unit.branch_no} {summary.month.key}",
            business_date=summary.month.closed,
            after={"format": kind, "frozen": summary.month.frozen, "bytes": len(content)},
        )
    return content


def _workbook(summary: Summary, titles: Titles) -> bytes:
    buffer = io.BytesIO()
    write_workbook(summary, titles, buffer)
    return buffer.getvalue()
