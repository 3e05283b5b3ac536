"""A month as it was when its last day was closed: frozen loan by loan, and summed per branch.

The tables only grow (triggers): what was reported stays as it was reported, whatever is corrected later.
Everything is carried by value, so that a later change of names, officers or branches touches nothing.
"""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from loans.models import Loan
from org.models import Branch
from reports.enums import Dimension


def money(label: Any) -> models.DecimalField:
    return models.DecimalField(label, max_digits=20, decimal_places=2, default=0)


class PortfolioMonth(models.Model):
    """A month that was closed, and how much was known then."""

    month_end = models.DateField(_("month end"), primary_key=True)
    previous_end = models.DateField(
        _("compared with"), null=True, help_text=_("The month before, if it was closed here.")
    )
    delivered_to = models.DateField(_("newest delivery"), null=True)

    class Meta:
        ordering = ["-month_end"]
        verbose_name = _("closed month")
        verbose_name_plural = _("closed months")

    def __str__(self) -> str:
        return f"{self.month_end:%Y-%m}"


class LoanSnapshot(models.Model):
    """One loan at a month's end, beside what it was a month before.

    ``classification`` is empty for a loan that was on the book a month before and has ended since;
    ``prev_class`` is empty for one that was not. ``decrease`` is what was paid, disposed of or written off of
    the opening balance; ``written_off`` and ``disposed`` are parts of it. Amounts are CNY.
    """

    month_end = models.DateField(_("month end"))
    loan = models.ForeignKey(
        Loan, models.DO_NOTHING, related_name="snapshots", db_constraint=False, db_index=False
    )
    loan_no = models.CharField(_("loan no."), max_length=64)
    branch = models.ForeignKey(
        Branch, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    prev_branch = models.ForeignKey(
        Branch, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False, null=True
    )
    officer_no = models.CharField(_("officer"), max_length=32)
    borrower_no = models.CharField(_("borrower no."), max_length=64)
    product = models.CharField(_("product"), max_length=60)
    industry = models.CharField(_("industry"), max_length=120)
    guarantee = models.CharField(_("guarantee type"), max_length=12)
    classification = models.CharField(_("class"), max_length=16)
    prev_class = models.CharField(_("class a month before"), max_length=16)
    floor_class = models.CharField(_("overdue floor"), max_length=16)
    bucket = models.CharField(_("bucket"), max_length=4)
    prev_bucket = models.CharField(_("bucket a month before"), max_length=4)
    days_past_due = models.PositiveIntegerField(_("days past due"))
    balance = money(_("balance"))
    prev_balance = money(_("balance a month before"))
    overdue_principal = money(_("overdue principal"))
    decrease = money(_("decrease"))
    written_off = money(_("written off"))
    disposed = money(_("disposed of"))
    disbursed_on = models.DateField(_("disbursed on"))
    matures_on = models.DateField(_("matures on"))
    ended_on = models.DateField(_("ended on"), null=True)

    class Meta:
        verbose_name = _("loan at month end")
        verbose_name_plural = _("loans at month end")
        constraints = [models.UniqueConstraint(fields=["loan", "month_end"], name="loan_snapshot_once")]
        indexes = [models.Index(fields=["month_end", "branch", "id"], name="loan_snapshot_branch")]

    def __str__(self) -> str:
        return f"{self.month_end} {self.loan_no}"


class PortfolioFigure(models.Model):
    """Sums over a branch with everything below it, so that every page reads a handful of rows.

    ``dimension`` ``all`` keeps both ends of the month apart; the others show the end alone, per ``value``.
    ``npl_opening + npl_moved_in - npl_moved_out + npl_new - npl_recovered - npl_upgraded - npl_written_off -
    npl_disposed`` is the closing balance of non-performing loans.
    """

    month_end = models.DateField(_("month end"))
    branch = models.ForeignKey(
        Branch, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    dimension = models.CharField(_("dimension"), max_length=12, choices=Dimension)
    value = models.CharField(_("value"), max_length=120)
    prev_class = models.CharField(max_length=16)
    classification = models.CharField(max_length=16)
    prev_bucket = models.CharField(max_length=4)
    bucket = models.CharField(max_length=4)
    loans = models.PositiveIntegerField()
    balance = money("")
    prev_balance = money("")
    decrease = money("")
    overdue_principal = money("")
    npl_opening = money("")
    npl_new = money("")
    npl_recovered = money("")
    npl_upgraded = money("")
    npl_written_off = money("")
    npl_disposed = money("")
    npl_moved_in = money("")
    npl_moved_out = money("")

    class Meta:
        verbose_name = _("figure of a month")
        verbose_name_plural = _("figures of a month")
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "month_end",
                    "branch",
                    "dimension",
                    "value",
                    "prev_class",
                    "classification",
                    "prev_bucket",
                    "bucket",
                ],
                name="portfolio_figure_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.month_end} {self.branch_id} {self.dimension} {self.value}"


class TimelinessFigure(models.Model):
    """What became of the duties that were due in a month, per branch, code and owner."""

    month_end = models.DateField(_("month end"))
    branch = models.ForeignKey(
        Branch, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    code = models.CharField(_("code"), max_length=32)
    owner_no = models.CharField(_("owner"), max_length=32)
    due = models.PositiveIntegerField(_("due"))
    on_time = models.PositiveIntegerField(_("on time"))
    late = models.PositiveIntegerField(_("late"))
    still_open = models.PositiveIntegerField(_("still open"))
    excused = models.PositiveIntegerField(_("waived or no longer owed"))

    class Meta:
        verbose_name = _("timeliness of a month")
        verbose_name_plural = _("timeliness of months")
        constraints = [
            models.UniqueConstraint(
                fields=["month_end", "branch", "code", "owner_no"], name="timeliness_figure_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.month_end} {self.branch_id} {self.code} {self.owner_no}"
