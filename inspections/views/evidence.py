"""Photos and papers of a report."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.errors import ApplicationError, Conflict
from core.forms import blame
from core.workplace import today
from inspections.forms import EvidenceForm
from inspections.models import InspectionReport
from inspections.permissions import require_report_authorship
from inspections.selectors.reports import evidence_of
from inspections.services import add_evidence
from inspections.views.reports import get_report
from org.requests import StaffRequest


@require_POST
def add(request: StaffRequest, number: str) -> HttpResponse:
    """Keep one file; the list of files comes back for htmx, the form of the report for everybody else."""
    report = get_report(request, number)
    require_report_authorship(request.user, report)
    form = EvidenceForm(request.POST, request.FILES)
    status = 200
    if form.is_valid():
        try:
            add_evidence(report, form.cleaned_data["file"], actor=request.user, business_date=today(request))
            form = EvidenceForm()
        except Conflict as error:
            form.add_error(None, str(error.message))
        except ApplicationError as error:
            if error.status != ApplicationError.status:
                raise
            blame(form, error)
    if form.is_bound:
        status = 422
    return _answer(request, report, form, status)


def _answer(request: StaffRequest, report: InspectionReport, form: EvidenceForm, status: int) -> HttpResponse:
    if request.htmx:
        context = {"report": report, "evidence": evidence_of(report), "evidence_form": form, "writes": True}
        return render(request, "inspections/_evidence.html", context, status=status)
    if status == 200:
        messages.success(request, _("The file is kept."))
    else:
        messages.error(request, " ".join(str(text) for texts in form.errors.values() for text in texts))
    return HttpResponseRedirect(reverse("inspections:write_report", args=[report.report_no]))
