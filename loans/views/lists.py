"""Lists of borrowers and loans: filter, sort, page, search."""

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from core.paging import capped_count
from core.workplace import workplace
from loans.filters import BorrowerFilter, LoanFilter
from loans.models import Borrower, Loan
from loans.permissions import require_portfolio
from loans.selectors import pages
from org.requests import StaffRequest


@require_GET
def loans(request: StaffRequest) -> HttpResponse:
    """The loans a person sees; running ones unless the filter says otherwise.

    Sorted by how long they are overdue, the list holds only loans that are.
    """
    require_portfolio(request.user)
    closed = workplace(request).closed
    sort = request.GET.get("sort", "")
    visible = Loan.objects.visible_to(request.user)
    if sort == "overdue":
        visible = visible.past_due(closed)
    narrowed = LoanFilter(request.GET, queryset=visible, request=request, closed=closed)
    context = {
        "filter": narrowed,
        "sort": sort if sort in pages.LOAN_ORDERS else "",
        "page": pages.loan_page(narrowed.qs, sort=sort, params=request.GET),
        "count": capped_count(narrowed.qs),
    }
    return _list(request, "loan_list", context)


@require_GET
def borrowers(request: StaffRequest) -> HttpResponse:
    """The borrowers a person sees; the search of the top bar comes here."""
    require_portfolio(request.user)
    narrowed = BorrowerFilter(
        request.GET, queryset=Borrower.objects.visible_to(request.user), request=request
    )
    sort = request.GET.get("sort", "")
    page = pages.borrower_page(narrowed.qs, sort=sort, params=request.GET)
    if found := _exact_loan(request):
        return HttpResponseRedirect(reverse("loans:loan", args=[found]))
    context = {
        "filter": narrowed,
        "sort": sort if sort in pages.BORROWER_ORDERS else "",
        "page": page,
        "count": capped_count(narrowed.qs),
    }
    return _list(request, "borrower_list", context)


def _exact_loan(request: StaffRequest) -> str | None:
    """The loan number, when exactly one was typed into the search of the top bar."""
    number = request.GET.get("q", "").strip()
    if not number or request.htmx or len(request.GET) > 1 or "\x00" in number:
        return None
    found = Loan.objects.visible_to(request.user).filter(loan_no=number)
    return found.values_list("loan_no", flat=True).first()


def _list(request: StaffRequest, name: str, context: dict[str, object]) -> HttpResponse:
    prefix = "_" if request.htmx.target == "list" else ""
    return render(request, f"loans/{prefix}{name}.html", context)
