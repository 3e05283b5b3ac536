"""Lists of inspection reports, one report to read, to print, and to take back."""

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.errors import Conflict
from core.workplace import today
from inspections import pdf as paper
from inspections.filters import ReportFilter
from inspections.models import InspectionReport
from inspections.permissions import can_write_report
from inspections.selectors import reports as read
from inspections.services import withdraw_report
from loans.permissions import require_portfolio
from org.requests import StaffRequest


def get_report(request: StaffRequest, number: str) -> InspectionReport:
    """The report if the reader may see it; 404 otherwise."""
    require_portfolio(request.user)
    report = read.visible_report(request.user, number)
    if report is None:
        raise Http404
    return report


@require_GET
def reports(request: StaffRequest) -> HttpResponse:
    """The reports a person sees, the newest first."""
    require_portfolio(request.user)
    visible = InspectionReport.objects.visible_to(request.user)
    narrowed = ReportFilter(request.GET, queryset=visible, request=request)
    context = {"filter": narrowed, "page": read.report_page(narrowed.qs, request.GET)}
    prefix = "_" if request.htmx.target == "list" else ""
    return render(request, f"inspections/{prefix}report_list.html", context)


@require_GET
def to_write(request: StaffRequest) -> HttpResponse:
    """The reports that the person owes."""
    require_portfolio(request.user)
    context = {"page": read.to_write(request.user, request.GET)}
    return render(request, "inspections/to_write.html", context)


@require_GET
def report(request: StaffRequest, number: str) -> HttpResponse:
    """One report as it stands, with signatures, files and the duties that it answers."""
    row = get_report(request, number)
    requests = read.approvals_of(request.user, row)
    waiting = next((one for one in requests if one.closed_on is None), None)
    context = {
        "report": row,
        "sections": read.sections_of(row),
        "evidence": read.evidence_of(row),
        "requests": requests,
        "waiting": waiting,
        "duties": read.duties_of(row),
        "writes": can_write_report(request.user, row),
        "withdraws": waiting is not None
        and waiting.applicant_id == request.user.pk
        and not waiting.decisions.all(),
    }
    return render(request, "inspections/report.html", context)


@require_POST
def withdraw(request: StaffRequest, number: str) -> HttpResponse:
    """Take an unsigned report back."""
    row = get_report(request, number)
    try:
        withdraw_report(row, actor=request.user, business_date=today(request))
    except Conflict as error:
        messages.warning(request, str(error.message))
    else:
        messages.success(request, _("The report is a draft again; hand it in within two working days."))
    return HttpResponseRedirect(reverse("inspections:report", args=[number]))


@require_GET
def printed(request: StaffRequest, number: str) -> HttpResponse:
    """The report on paper, in the browser."""
    return HttpResponse(paper.report_html(get_report(request, number), browser=True))


@require_GET
def pdf(request: StaffRequest, number: str) -> HttpResponse:
    """The report as a PDF, A4, in Chinese."""
    row = get_report(request, number)
    response = HttpResponse(paper.report_pdf(row), content_type="application/pdf")
    response["Content-Disposition"] = content_disposition_header(False, f"{row.report_no}.pdf") or "inline"
    response["Cache-Control"] = "private, no-store"
    return response
