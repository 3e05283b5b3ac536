"""The import centre: upload a delivery, follow it, read its report, fetch the rejected rows."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.errors import ApplicationError, Conflict
from core.forms import blame
from core.models import Job
from core.uploads import take_large
from loans.forms import DeliveryForm
from loans.models import Delivery
from loans.permissions import (
    can_import,
    can_see_rejects,
    require_import,
    require_imports_view,
    require_rejects,
)
from loans.selectors import deliveries as selectors
from loans.services.deliveries import (
    CHECK_JOB,
    JOB,
    check_upload,
    note_rejects_exported,
    receive_delivery,
    rejects_folder,
    retry_import,
)
from org.requests import StaffRequest


@require_GET
def imports(request: StaffRequest) -> HttpResponse:
    """The deliveries and the form for the next one."""
    require_imports_view(request.user)
    return _imports(request, DeliveryForm())


def _imports(request: StaffRequest, form: DeliveryForm, status: int = 200) -> HttpResponse:
    page = selectors.delivery_page(request.GET)
    context = {
        "page": page,
        "uploaders": selectors.uploaders(page.rows),
        "dry_runs": selectors.dry_runs(CHECK_JOB),
        "form": form,
        "may_import": can_import(request.user),
    }
    return render(request, "loans/imports.html", context, status=status)


@csrf_exempt
@require_http_methods(["GET", "POST"])
def upload(request: StaffRequest) -> HttpResponse:
    """Take a delivery in, if the person may; nothing of the body is read before that is known.

    Exempt from the early CSRF check, which reads the whole body, and protected by the same check inside.
    """
    require_import(request.user)
    if request.method == "GET":  # somebody reloads the page that told of an error
        return HttpResponseRedirect(reverse("loans:imports"))
    take_large(request, settings.DELIVERY_MAX_BYTES)
    return _upload(request)


@csrf_protect
def _upload(request: StaffRequest) -> HttpResponse:
    form = DeliveryForm(request.POST, request.FILES)
    if not form.is_valid():
        return _imports(request, form, 422)
    try:
        return HttpResponseRedirect(_taken(request, form.cleaned_data))
    except ApplicationError as error:
        blame(form, error)
        return _imports(request, form, error.status)


def _taken(request: StaffRequest, data: dict[str, Any]) -> str:
    """Where the delivery, or the dry run, is followed."""
    known = {"actor": request.user, "mode": data["mode"], "date": data["date"]}
    if data["dry_run"]:
        return reverse("loans:dry_run", args=[check_upload(data["file"], **known).pk])
    delivery = receive_delivery(data["file"], **known)
    messages.success(request, _("The delivery was received; its import has begun."))
    return reverse("loans:delivery", args=[delivery.pk])


@require_GET
def delivery(request: StaffRequest, pk: int) -> HttpResponse:
    """Progress, figures per file, remarks and rejected rows of one delivery."""
    row = _delivery(request, pk)
    report = selectors.delivery_report(row, job_kind=JOB, rejects=rejects_folder(row))
    return _report(request, report, row.received_by)


@require_GET
def dry_run(request: StaffRequest, pk: int) -> HttpResponse:
    """The same for a dry run."""
    require_imports_view(request.user)
    job = Job.objects.filter(pk=pk, kind=CHECK_JOB).first()
    if job is None:
        raise Http404
    return _report(request, selectors.dry_run_report(job), job.owner_no)


def _report(request: StaffRequest, report: selectors.DeliveryReport, uploaded_by: str) -> HttpResponse:
    template = "loans/_delivery.html" if request.htmx.target == "delivery" else "loans/delivery.html"
    context = {
        "it": report,
        "uploaders": selectors.uploaders([report.delivery] if report.delivery else []),
        "may_import": can_import(request.user),
        "sees_rejects": can_see_rejects(request.user, uploaded_by),
    }
    return render(request, template, context)


def _delivery(request: StaffRequest, pk: int) -> Delivery:
    require_imports_view(request.user)
    row = Delivery.objects.filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


@require_POST
def retry(request: StaffRequest, pk: int) -> HttpResponse:
    """Start an import again that ended without an answer."""
    row = _delivery(request, pk)
    try:
        retry_import(row, actor=request.user)
        messages.success(request, _("The import starts again."))
    except Conflict as error:
        messages.info(request, str(error.message))
    return HttpResponseRedirect(reverse("loans:delivery", args=[pk]))


@never_cache
@require_GET
def rejects(request: StaffRequest, pk: int, name: str) -> FileResponse:
    """One file of rejected rows, in a form that can be mended and imported again; leaves a trace."""
    row = _delivery(request, pk)
    require_rejects(request.user, row)
    folder = rejects_folder(row)
    # Only a name that was listed is opened.
    if name not in selectors.reject_names(folder):
        raise Http404
    note_rejects_exported(row, name, actor=request.user)
    response = FileResponse(
        (folder / name).open("rb"), as_attachment=True, filename=name, content_type="text/csv; charset=utf-8"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
