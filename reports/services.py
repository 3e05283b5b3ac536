"""Acts that put acts of several apps into one transaction; exports of the monthly summary."""

import datetime as dt
import io
from collections.abc import Sequence

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from core import audit
from core.errors import ApplicationError
from core.selectors import readings, work_day
from documents.services import store_upload
from duties.enums import SubjectType
from duties.models import Duty
from duties.services import complete
from org.models import Branch, User
from org.selectors import head_office
from reports.exports.pdf import render_pdf
from reports.exports.titles import Titles
from reports.exports.workbook import write_workbook
from reports.rules import ReportReadings
from reports.selectors.figures import chosen_month, closed_months
from reports.selectors.summary import ALL_DIMENSIONS, Summary


@transaction.atomic
def complete_with_file(
    duty: Duty,
    *,
    actor: User,
    business_date: dt.date,
    note: str,
    version: int,
    file: UploadedFile | None = None,
) -> Duty:
    """Mark a duty done and keep the evidence that was uploaded with it, or neither.

    Raises what ``duties.services.complete`` and ``documents.services.store_upload`` raise.
    """
    evidence = ""
    if file is not None:
        stored = store_upload(file, actor=actor, subject_type=SubjectType.DUTY, subject_no=str(duty.pk))
        evidence = f"file:{stored.pk}"
    return complete(
        duty, actor=actor, business_date=business_date, note=note, evidence=evidence, version=version
    )


def summary_for(branch_no: str, month_key: str = "", dimensions: Sequence[str] = ALL_DIMENSIONS) -> Summary:
    """The summary of a branch (empty: head office) for a closed month or the running one (empty: running).

    ApplicationError: no delivery yet, no such branch, a month that was not closed here.
    """
    unit = Branch.objects.filter(branch_no=branch_no).first() if branch_no else head_office()
    if unit is None:
        raise ApplicationError("no_branch", _("There is no branch %(no)s.") % {"no": branch_no}, status=404)
    closed = work_day().closed
    month = chosen_month(month_key, closed, closed_months())
    return Summary(unit, month, readings(ReportReadings, month.closed), dimensions)


def export_summary(summary: Summary, kind: str, *, actor: User | None) -> bytes:
    """The summary as a file (``xlsx`` or ``pdf``); leaves a trace.

    ApplicationError("pdf_unavailable") when the PDF component is missing.
    """
    titles = Titles.of(summary, actor)
    if kind == "pdf":
        content = render_pdf(summary, titles)
    else:
        buffer = io.BytesIO()
        write_workbook(summary, titles, buffer)
        content = buffer.getvalue()
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
