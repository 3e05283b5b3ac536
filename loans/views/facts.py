"""The borrower page and the loan page, and seeing a masked number in full."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from core.workplace import today, workplace
from loans.forms import RevealForm
from loans.models import Borrower, Loan
from loans.permissions import require_portfolio
from loans.selectors import pages
from loans.services.reveal import reveal
from org.requests import StaffRequest

LOAN_TABS = {
    "": _("Schedule and repayments"),
    "duties": _("Duties"),
    "security": _("Guarantees and collateral"),
    "history": _("Class and regime over time"),
}
BORROWER_TABS = {
    "": _("Loans"),
    "duties": _("Duties"),
    "security": _("Guarantees and collateral"),
    "ratings": _("Ratings"),
}


def _tab(request: StaffRequest, tabs: dict[str, Any]) -> str:
    tab = request.GET.get("tab", "")
    return tab if tab in tabs else ""


def _loan(request: StaffRequest, loan_no: str) -> Loan:
    require_portfolio(request.user)
    loan = pages.visible_loan(request.user, loan_no)
    if loan is None:
        raise Http404
    return loan


def _borrower(request: StaffRequest, borrower_no: str) -> Borrower:
    require_portfolio(request.user)
    borrower = pages.visible_borrower(request.user, borrower_no)
    if borrower is None:
        raise Http404
    return borrower


@require_GET
def loan(request: StaffRequest, loan_no: str) -> HttpResponse:
    """Facts, overdue state, class with its reason; below it one tab."""
    row, tab, closed = _loan(request, loan_no), _tab(request, LOAN_TABS), workplace(request).closed
    context: dict[str, Any] = {"loan": row, "tab": tab, "tabs": LOAN_TABS, "closed": closed}
    state = pages.loan_state(row, closed)
    context["state"] = state
    context["reason"] = pages.class_reason(row, closed)
    if tab == "duties":
        context["duties"] = pages.loan_duties(request.user, row)
    elif tab == "security":
        context["security"] = pages.loan_security(row)
    elif tab == "history":
        context["turns"] = pages.loan_history(row)
    else:
        everything = "all" in request.GET
        context |= {
            "everything": everything,
            "schedule": pages.shown_schedule(state, everything=everything),
            "repayments": state.repayments if everything else state.repayments[:12],
        }
    return render(request, "loans/loan.html", context)


@require_GET
def borrower(request: StaffRequest, borrower_no: str) -> HttpResponse:
    """Facts, exposure, group; below it one tab."""
    row, tab = _borrower(request, borrower_no), _tab(request, BORROWER_TABS)
    context: dict[str, Any] = {
        "borrower": row,
        "tab": tab,
        "tabs": BORROWER_TABS,
        "closed": workplace(request).closed,
        "exposure": pages.borrower_exposure(request.user, row),
        "members": pages.group_members(request.user, row),
    }
    if tab == "duties":
        context["duties"] = pages.borrower_duties(request.user, row)
    elif tab == "security":
        context["security"] = pages.borrower_security(request.user, row)
    elif tab == "ratings":
        context["ratings"] = pages.ratings_of(row)
    return render(request, "loans/borrower.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def reveal_number(request: StaffRequest, borrower_no: str, field: str) -> HttpResponse:
    """Ask why, then show a masked number of the borrower in full; audited."""
    row = _borrower(request, borrower_no)
    form = RevealForm(request.POST or None)
    context: dict[str, Any] = {"borrower": row, "field": field, "form": form}
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        context["value"] = reveal(row, field, actor=request.user, business_date=today(request), reason=reason)
        return render(request, "loans/revealed.html", context)
    template = "loans/_reveal_dialog.html" if request.htmx else "loans/reveal.html"
    return render(request, template, context, status=422 if form.is_bound else 200)
