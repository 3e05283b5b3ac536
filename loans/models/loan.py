"""Loans, their schedule and repayments.

Facts come from the delivery. Three columns of a loan are *derived as of the business date* by the daily
run and nothing else: ``oldest_unpaid_due_on``, ``regime``/``classification`` in force and ``floor_class``.
Days past due and the overdue bucket are ``business date - oldest_unpaid_due_on`` and stored nowhere.
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from loans.enums import (
    Classification,
    DayCount,
    InterestCycle,
    Regime,
    RepaymentChannel,
    RepaymentMethod,
)
from loans.querysets import LoanFactQuerySet, LoanQuerySet
from org.models import Branch, User


class Loan(models.Model):
    """One drawdown note (借据)."""

    loan_no = models.CharField(_("loan no."), max_length=64)
    contract_no = models.CharField(_("contract no."), max_length=64, blank=True, default="")
    borrower = models.ForeignKey("loans.Borrower", models.PROTECT, related_name="loans")
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", db_index=False)
    officer = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    product = models.CharField(_("product"), max_length=60, blank=True, default="")
    purpose = models.CharField(_("purpose"), max_length=300, blank=True, default="")
    currency = models.CharField(_("currency"), max_length=3, default="CNY")
    principal = models.DecimalField(_("principal"), max_digits=18, decimal_places=2)
    balance = models.DecimalField(_("balance"), max_digits=18, decimal_places=2)
    disbursed_on = models.DateField(_("disbursed on"))
    matures_on = models.DateField(_("matures on"))
    original_matures_on = models.DateField(_("original maturity"), null=True)
    annual_rate_pct = models.DecimalField(_("annual rate %"), max_digits=9, decimal_places=6, null=True)
    repayment_method = models.CharField(_("method"), max_length=18, choices=RepaymentMethod)
    interest_cycle = models.CharField(
        _("interest cycle"), max_length=12, choices=InterestCycle, blank=True, default=""
    )
    day_count = models.CharField(_("day count"), max_length=7, choices=DayCount, blank=True, default="")
    delivered_regime = models.CharField(_("delivered regime"), max_length=8, choices=Regime)
    delivered_class = models.CharField(_("delivered class"), max_length=16, choices=Classification)
    is_renewal = models.BooleanField(_("renewal"), default=False)
    renewed_from_loan_no = models.CharField(_("renewed from"), max_length=64, blank=True, default="")
    technical_overdue = models.BooleanField(_("documented technical overdue"), default=False)
    settled_on = models.DateField(_("settled on"), null=True)
    written_off_on = models.DateField(_("written off on"), null=True)
    written_off_amount = models.DecimalField(
        _("written-off amount"), max_digits=18, decimal_places=2, null=True
    )
    transferred_on = models.DateField(_("handed to asset preservation on"), null=True)
    zero_balance_since = models.DateField(
        _("no balance since"), null=True, help_text=_("Date of the first delivery with a balance of 0.")
    )
    # The earliest of settled_on, written_off_on and zero_balance_since: from this date nothing is owed.
    ended_on = models.DateField(_("ended on"), null=True)
    first_seen_on = models.DateField(_("first delivered on"))

    # Derived as of the business date (see the module's docstring).
    oldest_unpaid_due_on = models.DateField(_("oldest unpaid due date"), null=True)
    regime = models.CharField(_("regime"), max_length=8, choices=Regime)
    approved_class = models.CharField(_("approved class"), max_length=16, choices=Classification)
    floor_class = models.CharField(
        _("overdue floor"), max_length=16, choices=Classification, default=Classification.NORMAL
    )
    classification = models.CharField(_("class in force"), max_length=16, choices=Classification)
    updated_at = models.DateTimeField(_("updated"), db_index=True)

    objects = LoanQuerySet.as_manager()

    class Meta:
        verbose_name = _("loan")
        verbose_name_plural = _("loans")
        constraints = [
            models.UniqueConstraint(fields=["loan_no"], name="loan_no_once"),
            models.CheckConstraint(
                condition=Q(principal__gte=0) & Q(balance__gte=0), name="loan_money_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(matures_on__gte=F("disbursed_on")), name="loan_matures_after_disbursement"
            ),
        ]
        indexes = [
            models.Index(fields=["branch", "id"], name="loan_branch"),
            models.Index(fields=["officer", "id"], name="loan_officer"),
            models.Index(fields=["matures_on", "id"], name="loan_maturity"),
            models.Index(fields=["disbursed_on", "id"], name="loan_disbursement"),
            # Serves "which loans crossed an overdue threshold": equality on the floor, range on the date.
            models.Index(fields=["floor_class", "oldest_unpaid_due_on", "ended_on"], name="loan_overdue"),
            models.Index(fields=["ended_on"], name="loan_ended"),
            # The few that are not normal; the list of the many normal ones fills a page from any index.
            models.Index(
                fields=["classification", "id"], condition=~Q(classification="normal"), name="loan_class"
            ),
        ]

    def __str__(self) -> str:
        return self.loan_no


class Instalment(models.Model):
    """One due date of a loan's schedule.

    ``paid_on`` is the date on which principal and interest were paid in full (oldest first, interest before
    principal), null while unpaid; kept by the import and the repayment services, so that "unpaid as of D"
    is ``paid_on is null or paid_on > D`` for every D.
    """

    # Written by joins to the loan alone; a check per row costs a third of a whole delivery.
    loan = models.ForeignKey(
        Loan, models.CASCADE, related_name="instalments", db_index=False, db_constraint=False
    )
    seq = models.PositiveIntegerField(_("no."))
    due_on = models.DateField(_("due on"))
    principal_due = models.DecimalField(_("principal due"), max_digits=18, decimal_places=2)
    interest_due = models.DecimalField(_("interest due"), max_digits=18, decimal_places=2)
    principal_paid = models.DecimalField(_("principal paid"), max_digits=18, decimal_places=2, default=0)
    interest_paid = models.DecimalField(_("interest paid"), max_digits=18, decimal_places=2, default=0)
    paid_on = models.DateField(_("paid in full on"), null=True)

    objects = LoanFactQuerySet.as_manager()

    class Meta:
        verbose_name = _("instalment")
        verbose_name_plural = _("instalments")
        ordering = ["loan", "seq"]
        constraints = [models.UniqueConstraint(fields=["loan", "seq"], name="instalment_once")]
        indexes = [
            models.Index(fields=["due_on", "loan"], name="instalment_due"),
            models.Index(
                fields=["paid_on", "loan"], condition=Q(paid_on__isnull=False), name="instalment_paid"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.loan_id}#{self.seq}"


class Repayment(models.Model):
    """Money received on a loan; empty parts are settled against the oldest due, interest first."""

    repayment_no = models.CharField(_("repayment no."), max_length=64)
    loan = models.ForeignKey(
        Loan, models.CASCADE, related_name="repayments", db_index=False, db_constraint=False
    )
    paid_on = models.DateField(_("paid on"))
    amount = models.DecimalField(_("amount"), max_digits=18, decimal_places=2)
    principal = models.DecimalField(_("principal"), max_digits=18, decimal_places=2, null=True)
    interest = models.DecimalField(_("interest"), max_digits=18, decimal_places=2, null=True)
    penalty = models.DecimalField(_("penalty"), max_digits=18, decimal_places=2, null=True)
    channel = models.CharField(
        _("channel"), max_length=12, choices=RepaymentChannel, default=RepaymentChannel.OTHER
    )

    objects = LoanFactQuerySet.as_manager()

    class Meta:
        verbose_name = _("repayment")
        verbose_name_plural = _("repayments")
        constraints = [models.UniqueConstraint(fields=["repayment_no"], name="repayment_no_once")]
        indexes = [
            models.Index(fields=["loan", "-paid_on"], name="repayment_loan"),
            models.Index(fields=["paid_on", "loan"], name="repayment_date"),
        ]

    def __str__(self) -> str:
        return self.repayment_no


class LoanChange(models.Model):
    """Loans in play: their facts changed since the day was last closed, so the next run looks at them.

    Written by the import (created or changed rows), by services, and by the run's first steps (dated facts
    that become effective). The run stamps ``picked_on`` on what it looks at and removes those rows at the end
    of the day; a change that arrives in between takes the stamp off again and waits for the next run. This is
    what makes the cost of a normal day grow with what happens, not with the book.
    """

    loan = models.OneToOneField(Loan, models.CASCADE, primary_key=True, related_name="change")
    cause = models.CharField(max_length=24)
    picked_on = models.DateField(null=True)

    class Meta:
        verbose_name = _("changed loan")

    def __str__(self) -> str:
        return f"{self.loan_id} {self.cause}"
