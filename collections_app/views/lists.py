"""The lists of letters: due, issued, receipts to chase; batches with their progress."""

import secrets
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST, require_safe

from collections_app.exports import dispatch_list
from collections_app.filters import DueFilter, NoticeFilter
from collections_app.forms import BatchForm
from collections_app.models import Notice, NoticeBatch
from collections_app.selectors import notices as selectors
from collections_app.selectors.cases import notice_duties
from collections_app.services.batches import MAX_BATCH, letters_of, note_dispatch_exported, open_batch
from core.errors import ApplicationError
from core.paging import Order, capped_count
from core.workplace import today
from documents.enums import MediaType
from loans.permissions import require_portfolio
from org.requests import StaffRequest

NEWEST = Order("pk", descending=True)
OLDEST_RECEIPT = Order("receipt_due_on")


@require_GET
def due(request: StaffRequest) -> HttpResponse:
    """Duties that wait for their letter, to be issued one by one or many at once."""
    require_portfolio(request.user)
    return _due(request)


def _due(
    request: StaffRequest, status: int = 200, error: str = "", chosen: tuple[int, ...] = ()
) -> HttpResponse:
    narrowed = DueFilter(request.GET, queryset=selectors.waiting(request.user), request=request)
    context = {
        "filter": narrowed,
        "page": selectors.due_page(narrowed.qs, request.GET),
        "count": capped_count(narrowed.qs),
        "token": secrets.token_hex(16),
        "most": MAX_BATCH,
        "error": error,
        "chosen": chosen,
    }
    if request.htmx.target == "list":
        return render(request, "collections_app/_due_list.html", context, status=status)
    context["batches"] = selectors.latest_batches(request.user)
    return render(request, "collections_app/due_list.html", context, status=status)


@require_GET
def issued(request: StaffRequest) -> HttpResponse:
    """The letters that were issued, newest first."""
    require_portfolio(request.user)
    return _notices(request, Notice.objects.visible_to(request.user), NEWEST, chase=False)


@require_GET
def receipts(request: StaffRequest) -> HttpResponse:
    """Letters whose signed receipt should be back by now, longest waiting first."""
    require_portfolio(request.user)
    rows = Notice.objects.visible_to(request.user).to_chase(today(request))
    return _notices(request, rows, OLDEST_RECEIPT, chase=True)


def _notices(request: StaffRequest, rows: QuerySet[Notice], order: Order, *, chase: bool) -> HttpResponse:
    narrowed = NoticeFilter(request.GET, queryset=rows, request=request)
    context = {
        "filter": narrowed,
        "page": selectors.notice_page(narrowed.qs, request.GET, order),
        "count": capped_count(narrowed.qs),
        "chase": chase,
        "here": reverse("collections:receipts" if chase else "collections:issued"),
    }
    prefix = "_" if request.htmx.target == "list" else ""
    return render(request, f"collections_app/{prefix}notice_list.html", context)


@require_POST
def make_batch(request: StaffRequest) -> HttpResponse:
    """Issue the chosen letters in the background, and go to where the progress shows."""
    require_portfolio(request.user)
    form = BatchForm(request.POST)
    if not form.is_valid():
        return _due(request, 422, _("The form was incomplete; choose again."))
    chosen = tuple(form.cleaned_data["duty"])
    try:
        found = open_batch(
            _visible(request, chosen),
            actor=request.user,
            business_date=today(request),
            token=form.cleaned_data["token"],
        )
    except ApplicationError as error:
        return _due(request, error.status, str(error.message), chosen)
    messages.success(request, _("The letters are being issued and printed; the progress shows here."))
    return HttpResponseRedirect(reverse("collections:batch", args=[found.pk]))


def _visible(request: StaffRequest, chosen: tuple[int, ...]) -> list[int]:
    """What was chosen, without numbers that the person does not see."""
    rows = notice_duties(request.user).filter(pk__in=chosen)
    return list(rows.values_list("pk", flat=True)[: MAX_BATCH + 1])


@require_GET
def batch(request: StaffRequest, pk: int) -> HttpResponse:
    """Progress, letters, refusals, and what there is to print."""
    page = selectors.batch_page(_batch(request, pk), request.user)
    template = (
        "collections_app/_batch.html" if request.htmx.target == "batch" else "collections_app/batch.html"
    )
    return render(request, template, {"page": page, "batch": page.batch})


@require_safe
def dispatch(request: StaffRequest, pk: int) -> HttpResponse:
    """The list that goes with the letters to the post office, as xlsx; leaves a trace."""
    row = _batch(request, pk)
    seen = _seen(request, row)
    rows = [notice for notice in letters_of(row) if notice.pk in seen]
    note_dispatch_exported(row, actor=request.user, business_date=today(request))
    content = dispatch_list(rows, made_by=request.user, made_on=today(request).isoformat())
    response = HttpResponse(content, content_type=MediaType.XLSX.value)
    name = f"dispatch-{row.business_date}-{row.pk}.xlsx"
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _seen(request: StaffRequest, row: NoticeBatch) -> set[Any]:
    return set(Notice.objects.visible_to(request.user).filter(batch=row).values_list("pk", flat=True))


def _batch(request: StaffRequest, pk: int) -> NoticeBatch:
    require_portfolio(request.user)
    row = selectors.visible_batch(request.user, pk)
    if row is None:
        raise Http404
    return row
