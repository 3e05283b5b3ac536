"""The office's work: a month's figures, letters on paper, the API, each beside the bare minimum."""

import datetime as dt
import statistics
from typing import Any

from django.db.models import Count, F, Sum
from django.http import JsonResponse
from django.test import Client, RequestFactory, override_settings

from bench.measure import Table, timed
from collections_app.enums import NoticeKind
from collections_app.services.batches import open_batch, work_off
from collections_app.services.issuing import issue_notice
from core.models import BusinessDate, StepRun
from documents import pdf, press
from duties.models import Duty
from loans.models import Loan
from org.models import User
from reports.exports.delivering import export_summary
from reports.models import LoanSnapshot
from reports.selectors.summary import summary_for

ROUNDS = 5
LETTERS = 200
API_ROWS = 100


def measure_office(table: Table) -> None:
    """After the days were closed; a month's end lies among them if the book reaches one."""
    measure_month(table)
    measure_letters(table)
    measure_api(table)


# --- a month's figures ----------------------------------------------------------------------------
def measure_month(table: Table) -> None:
    end = LoanSnapshot.objects.order_by("-month_end").values_list("month_end", flat=True).first()
    if end is None:
        return
    frozen = StepRun.objects.filter(run__business_date=end, step__startswith="reports.")
    seconds = sum(float(row) for row in frozen.values_list("seconds", flat=True))
    grouped = statistics.median(timed(lambda: _group_by(end)) for _ in range(ROUNDS))
    table.add("month end frozen, with figures", seconds, grouped, note="baseline: one GROUP BY of its loans")
    month = f"{end:%Y-%m}"
    for suffix in ("xlsx", "pdf"):
        ours = statistics.median(
            timed(lambda: export_summary(summary_for("", month), suffix, actor=None))  # noqa: B023
            for _ in range(3)
        )
        table.add(f"monthly summary of the bank as {suffix}", ours, grouped, note="the same baseline")


def _group_by(end: dt.date) -> Any:
    rows = LoanSnapshot.objects.filter(month_end=end).values("branch", "classification")
    return list(rows.annotate(n=Count("pk"), balance=Sum("balance"), overdue=Sum("overdue_principal")))


# --- letters --------------------------------------------------------------------------------------
def measure_letters(table: Table) -> None:
    """One letter, and two hundred in a batch, beside the bare library on the same pages."""
    today = BusinessDate.objects.get().current
    letters = Duty.objects.open().filter(code__in=NoticeKind.values, owner__isnull=False, opens_on__lte=today)
    busiest = letters.values("owner").annotate(n=Count("pk")).order_by("-n").first()
    if busiest is None:
        return
    owner = User.objects.get(pk=busiest["owner"])
    own = list(letters.filter(owner=owner).order_by("due_on", "pk")[: LETTERS + 1])
    document = issue_notice(own[0], actor=owner, business_date=today).document
    assert document is not None
    pdf.render([document])
    bare = _bare_press(pdf.page(document))
    bare()
    ours, base = [], []
    for _ in range(ROUNDS):
        ours.append(1000 * timed(lambda: pdf.render([document])))
        base.append(1000 * timed(bare))
    one = statistics.median(base)
    table.add("one letter as PDF", statistics.median(ours), one, "ms", "baseline: bare WeasyPrint")
    chosen = [duty.pk for duty in own[1:]]
    batch = open_batch(chosen, actor=owner, business_date=today, token=str(today))
    seconds = timed(lambda: work_off(batch, lambda done, total: None))
    printed = batch.notices.count()
    table.add(
        f"{printed} letters issued and printed", seconds, printed * one / 1000, note="as many times the one"
    )


def _bare_press(html: str) -> Any:
    """WeasyPrint itself, with fonts and style sheets that are kept as well."""
    library, fonts, _fetcher = press._library()
    sheets = press._sheets(pdf.STYLE)
    return lambda: library.HTML(string=html).write_pdf(font_config=fonts, stylesheets=sheets)


# --- API ------------------------------------------------------------------------------------------
def measure_api(table: Table) -> None:
    """A page of a hundred loans, beside ``JsonResponse`` over the same columns."""
    reader = User.objects.filter(role_assignments__role="supervisor").first()
    if reader is None:
        return
    client, request = Client(), RequestFactory().get("/")
    client.force_login(reader)
    url = f"/api/v1/loans/?page_size={API_ROWS}"
    with override_settings(ALLOWED_HOSTS=["*"], API_RATE_PER_MINUTE=100_000):
        client.get(url)
        ours, base = [], []
        for _ in range(30):
            ours.append(1000 * timed(lambda: client.get(url)))
            base.append(1000 * timed(lambda: _bare_json(request)))
    p95 = sorted(ours)[int(len(ours) * 0.95) - 1]
    table.add(
        "API list of 100 loans", statistics.median(ours), statistics.median(base), "ms", f"p95 {p95:.0f} ms"
    )


def _bare_json(request: Any) -> Any:
    rows = Loan.objects.order_by("pk").annotate(
        borrower_no=F("borrower__borrower_no"), branch_no=F("branch__branch_no")
    )
    columns = [field.attname for field in Loan._meta.concrete_fields]
    found = rows.values(*columns, "borrower_no", "branch_no")[:API_ROWS]
    return JsonResponse({"results": list(found)}).content
