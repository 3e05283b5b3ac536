"""Writing a report: beginning it for a duty, saving while typing, handing it in."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core import clock
from core.errors import ApplicationError, Conflict
from core.workplace import today
from duties.models import Duty
from inspections.enums import KIND_OF_DUTY, ReportState
from inspections.forms import EvidenceForm, ReportForm, typed_findings, typed_rows
from inspections.models import InspectionReport
from inspections.permissions import require_recording, require_report_authorship
from inspections.selectors import reports as read
from inspections.services import draft_report, submit_report, write_report
from inspections.services.completeness import MEASURE_KEYS
from inspections.views.reports import get_report
from loans.models import Borrower
from loans.permissions import require_portfolio
from org.requests import StaffRequest

Errors = dict[str, list[str]]


@require_http_methods(["GET", "POST"])
def begin(request: StaffRequest, pk: int) -> HttpResponse:
    """What the report of a duty will be about; a report that was begun already is opened."""
    require_portfolio(request.user)
    duty = Duty.objects.visible_to(request.user).filter(pk=pk, code__in=KIND_OF_DUTY).first()
    borrower = duty and Borrower.objects.visible_to(request.user).filter(borrower_no=duty.borrower_no).first()
    if duty is None or borrower is None:
        raise Http404
    if (begun := read.report_of(duty)) is not None:
        return _to_report(request, begun)
    require_recording(request.user, borrower)
    if request.method == "POST":
        report = draft_report(duty, actor=request.user, business_date=today(request))
        return HttpResponseRedirect(reverse("inspections:write_report", args=[report.report_no]))
    duties = read.duties_answered_with(duty)
    context = {
        "duty": duty,
        "duties": duties,
        "borrower": borrower,
        "loans": sorted({no for one in duties for no in one.loan_nos}),
        "earlier": read.reports_of(borrower).first(),
    }
    return render(request, "inspections/begin.html", context)


def _to_report(request: StaffRequest, report: InspectionReport) -> HttpResponse:
    writes = report.author_id == request.user.pk and report.is_editable
    name = "inspections:write_report" if writes else "inspections:report"
    return HttpResponseRedirect(reverse(name, args=[report.report_no]))


@require_http_methods(["GET", "POST"])
def write(request: StaffRequest, number: str) -> HttpResponse:
    """The long form; its buttons save the draft, or save and hand it in."""
    report = get_report(request, number)
    require_report_authorship(request.user, report)
    if not report.is_editable:
        return HttpResponseRedirect(reverse("inspections:report", args=[number]))
    if request.method != "POST":
        return _page(request, report)
    try:
        errors = _save(request, report)
        if errors:
            return _page(request, report, errors=errors, status=422)
        if request.POST.get("act") == "submit":
            return _submit(request, report)
    except Conflict as error:
        return _page(request, report, conflict=str(error.message), status=error.status)
    messages.success(request, _("The draft is saved."))
    return HttpResponseRedirect(request.path)


def _submit(request: StaffRequest, report: InspectionReport) -> HttpResponse:
    try:
        submit_report(report, actor=request.user, business_date=today(request))
    except Conflict:
        raise
    except ApplicationError as error:
        report.refresh_from_db()
        return _page(request, report, errors={**error.details, "": [str(error.message)]}, status=error.status)
    messages.success(request, _("The report is submitted; %(number)s.") % {"number": report.report_no})
    return HttpResponseRedirect(reverse("inspections:report", args=[report.report_no]))


@require_POST
def save(request: StaffRequest, number: str) -> HttpResponse:
    """Keep what stands in the form; answers with a line that says so, or with what stands against it."""
    report = get_report(request, number)
    require_report_authorship(request.user, report)
    context: dict[str, Any] = {"report": report}
    status = 200
    try:
        context["errors"] = _save(request, report)
        context["saved_at"] = clock.now()
    except Conflict as error:
        status = error.status
        report.refresh_from_db()
        context |= {"conflict": str(error.message), "differences": _differences(request, report)}
    return render(request, "inspections/_save_state.html", context, status=status)


def _save(request: StaffRequest, report: InspectionReport) -> Errors:
    """Write the posted form; the errors by field when it cannot be."""
    form = ReportForm(request.POST)
    if not form.is_valid():
        return {name: [str(text) for text in texts] for name, texts in form.errors.items()}
    try:
        write_report(
            report,
            actor=request.user,
            business_date=today(request),
            version=form.cleaned_data["version"],
            **form.header(),
            findings=typed_findings(request.POST),
            measures=typed_rows(request.POST, "measure", MEASURE_KEYS),
        )
    except Conflict:
        raise
    except ApplicationError as error:
        if error.status != ApplicationError.status:
            raise
        return dict(error.details)
    return {}


def _page(
    request: StaffRequest,
    report: InspectionReport,
    *,
    errors: Errors | None = None,
    conflict: str = "",
    status: int = 200,
) -> HttpResponse:
    """The form with what is stored, or with what was typed and what is wrong about it."""
    typed = request.method == "POST"
    if conflict:
        report.refresh_from_db()
    context = {
        "report": report,
        "form": _form(request, report, errors or {}),
        "sections": read.sections_of(
            report,
            findings=typed_findings(request.POST) if typed else None,
            errors=errors,
            to_write=True,
        ),
        "measures": typed_rows(request.POST, "measure", MEASURE_KEYS) if typed else report.measures,
        "measure_errors": (errors or {}).get("measures", []),
        "other_errors": (errors or {}).get("", []),
        "has_errors": bool(errors),
        "conflict": conflict,
        "differences": _differences(request, report) if conflict else [],
        "evidence": read.evidence_of(report),
        "evidence_form": EvidenceForm(),
        "duties": read.duties_of(report),
        "opinions": read.signatures_of(report)[-1:] if report.state == ReportState.RETURNED else [],
    }
    return render(request, "inspections/write.html", context, status=status)


def _form(request: StaffRequest, report: InspectionReport, errors: Errors) -> ReportForm:
    if request.method != "POST":
        return ReportForm(initial={name: getattr(report, name) for name in (*read.HEADER, "version")})
    form = ReportForm({**request.POST.dict(), "version": report.version})
    form.is_valid()
    for name in errors.keys() & form.fields.keys() - form.errors.keys():
        form.add_error(name, errors[name])
    return form


def _differences(request: StaffRequest, report: InspectionReport) -> list[dict[str, str]]:
    """What stands stored beside what was typed, for the fields where they differ."""
    form = ReportForm(request.POST)
    stored = ReportForm(initial={name: getattr(report, name) for name in read.HEADER})
    pairs = [(form[n].label, str(stored[n].value() or ""), str(form[n].value() or "")) for n in read.HEADER]
    typed = typed_findings(request.POST)
    for item in report.checklist.items.all():
        now = report.findings.get(item.code, {})
        for part in ("answer", "note"):
            mine = typed.get(item.code, {}).get(part, "").strip()
            pairs.append((f"{item.code} {item.question}", now.get(part, ""), mine))
    return [{"label": str(label), "stored": a, "typed": b} for label, a, b in pairs if a != b]


@require_GET
def measure_row(request: StaffRequest) -> HttpResponse:
    """One more empty row of the list of measures."""
    require_portfolio(request.user)
    return render(request, "inspections/_measure_row.html", {"row": {}})
