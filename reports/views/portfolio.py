"""The branch in figures: dashboard, the loans of a closed month, downloads."""

from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from core.paging import Order, capped_count, keyset_page
from core.selectors import readings
from core.workplace import workplace
from duties.models import Duty
from org.models import Branch
from org.requests import StaffRequest
from reports.charts import overview_charts, quality_charts
from reports.enums import Dimension
from reports.exports.delivering import export_summary
from reports.filters import SnapshotFilter
from reports.models import PortfolioMonth
from reports.permissions import require_summary
from reports.rules import ReportReadings
from reports.selectors.figures import Unit, chosen_month, closed_months, frozen_loans
from reports.selectors.summary import (
    ALL_DIMENSIONS,
    MENTION,
    NPL,
    OVERDUE,
    Summary,
)

TABS: dict[str, tuple[Any, Sequence[str]]] = {
    "overview": (gettext_lazy("Overview"), (Dimension.ALL, Dimension.DUE)),
    "quality": (gettext_lazy("Classes and migration"), (Dimension.ALL,)),
    "breakdown": (gettext_lazy("Breakdown"), ALL_DIMENSIONS),
    "borrowers": (gettext_lazy("Borrowers and concentration"), (Dimension.ALL, Dimension.INDUSTRY)),
    "duties": (gettext_lazy("Timeliness"), (Dimension.ALL,)),
}
CUTS = {"branch": gettext_lazy("Branch")} | {
    str(cut): cut.label
    for cut in (Dimension.PRODUCT, Dimension.INDUSTRY, Dimension.GUARANTEE, Dimension.OFFICER)
}
MEDIA_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}
SHOWN = 50
PAGE = 50


@require_GET
def portfolio(request: StaffRequest) -> HttpResponse:
    """The figures of a branch, of now or of a closed month, on five tabs."""
    require_summary(request.user)
    tree = _visible(request)
    if not tree:
        return render(request, "reports/portfolio_empty.html")
    tab = request.GET.get("tab", "")
    tab = tab if tab in TABS else "overview"
    cut = request.GET.get("cut", "")
    cut = cut if cut in CUTS else "branch"
    dimensions = (Dimension.ALL, cut) if tab == "breakdown" else TABS[tab][1]
    months = closed_months()
    summary = _summary(request, tree, months, dimensions)
    context = {
        "summary": summary,
        "tab": tab,
        "tabs": {key: title for key, (title, _dimensions) in TABS.items()},
        "branches": tree,
        "months": months,
        "path": [row for row in tree if row != summary.unit and summary.unit.path.startswith(row.path)],
        **PARTS[tab](request, summary, cut),
    }
    return render(request, "reports/portfolio.html", context)


def _summary(
    request: StaffRequest,
    tree: Sequence[Branch],
    months: Sequence[PortfolioMonth],
    dimensions: Sequence[str] = ALL_DIMENSIONS,
) -> Summary:
    """What the address asks for; 404 for a branch outside ``tree`` or a month that was not closed here."""
    scope = _scope(request, tree)
    month = chosen_month(request.GET.get("month", ""), workplace(request).closed, months)
    return Summary(scope, month, readings(ReportReadings, month.closed), dimensions)


def _scope(request: StaffRequest, tree: Sequence[Branch]) -> Unit:
    """The branch asked for, else the topmost one of ``tree``."""
    wanted = request.GET.get("branch", "") or (tree[0].branch_no if tree else "")
    unit = next((branch for branch in tree if branch.branch_no == wanted), None)
    if unit is None:
        raise Http404
    return Unit.within(unit, tree)


def _visible(request: StaffRequest) -> list[Branch]:
    return list(Branch.objects.visible_to(request.user).order_by("path"))


def _overview(request: StaffRequest, summary: Summary, cut: str) -> dict[str, Any]:
    today = workplace(request).today
    # The branch was found among those that the reader sees as a whole.
    late = Duty.objects.filter(summary.scope.q()).overdue(today)
    return {
        "late_duties": None if summary.month.frozen else capped_count(late),
        "charts": overview_charts(summary),
        "due_range": summary.month.next_month,
    }


def _quality(request: StaffRequest, summary: Summary, cut: str) -> dict[str, Any]:
    return {"charts": quality_charts(summary), "due_range": summary.month.next_month}


def _breakdown(request: StaffRequest, summary: Summary, cut: str) -> dict[str, Any]:
    rows = summary.branches if cut == "branch" else summary.by(cut)
    return {"cut": cut, "cuts": CUTS, "rows": rows[:SHOWN], "more": max(len(rows) - SHOWN, 0)}


def _borrowers(request: StaffRequest, summary: Summary, cut: str) -> dict[str, Any]:
    titles = {
        NPL: _("Largest non-performing borrowers"),
        MENTION: _("Largest special mention borrowers"),
        OVERDUE: _("Largest overdue borrowers"),
    }
    return {"holders": [(title, summary.holders[kind]) for kind, title in titles.items()]}


def _duties(request: StaffRequest, summary: Summary, cut: str) -> dict[str, Any]:
    return {
        "timeliness": [
            (_("By duty"), summary.duties_by_code),
            (_("By branch"), summary.duties_by_branch),
            (_("People with most late and open duties"), summary.duties_by_person),
        ]
    }


PARTS = {
    "overview": _overview,
    "quality": _quality,
    "breakdown": _breakdown,
    "borrowers": _borrowers,
    "duties": _duties,
}


@require_GET
def loans(request: StaffRequest) -> HttpResponse:
    """The loans of a closed month as they were then."""
    require_summary(request.user)
    month = chosen_month(request.GET.get("month", ""), workplace(request).closed, closed_months())
    scope = _scope(request, _visible(request))
    if not month.frozen:
        raise Http404
    kept = frozen_loans(month, scope)
    narrowed = SnapshotFilter(request.GET, queryset=kept, request=request)
    page = keyset_page(narrowed.qs, Order("pk"), request.GET, PAGE)
    context = {
        "filter": narrowed,
        "month": month,
        "page": page,
        "count": capped_count(narrowed.qs),
    }
    template = "_portfolio_loans" if request.htmx.target == "list" else "portfolio_loans"
    return render(request, f"reports/{template}.html", context)


@never_cache
@require_GET
def download(request: StaffRequest, kind: str) -> HttpResponse:
    """The monthly summary as a workbook or PDF; leaves a trace."""
    require_summary(request.user)
    if kind not in MEDIA_TYPES:
        raise Http404
    summary = _summary(request, _visible(request), closed_months())
    content = export_summary(summary, kind, actor=request.user)
    response = HttpResponse(content, content_type=MEDIA_TYPES[kind])
    name = f"{summary.unit.branch_no}-{summary.month.key}.{kind}"
    response.headers["Content-Disposition"] = content_disposition_header(True, name)
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
