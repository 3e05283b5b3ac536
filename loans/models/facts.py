"""Borrowers, groups, guarantees, collateral, ratings, flows: facts by key, as delivered."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from loans.enums import (
    BorrowerType,
    CollateralKind,
    Direction,
    GuarantorType,
    Liability,
    RatingKind,
    Segment,
    Statement,
)
from loans.models.loan import Loan
from loans.querysets import (
    BorrowerQuerySet,
    CollateralQuerySet,
    GroupQuerySet,
    LoanFactQuerySet,
    OwnedQuerySet,
)
from org.models import Branch, User


class BorrowerGroup(models.Model):
    """A group customer with its lead branch (GRP-1)."""

    group_no = models.CharField(_("group no."), max_length=64)
    name = models.CharField(_("name"), max_length=200)
    lead_branch = models.ForeignKey(
        Branch, models.PROTECT, null=True, related_name="+", verbose_name=_("lead branch")
    )

    objects = GroupQuerySet.as_manager()

    class Meta:
        verbose_name = _("group")
        verbose_name_plural = _("groups")
        constraints = [models.UniqueConstraint(fields=["group_no"], name="group_no_once")]

    def __str__(self) -> str:
        return self.name


class Borrower(models.Model):
    """A corporate or personal borrower."""

    borrower_no = models.CharField(_("borrower no."), max_length=64)
    name = models.CharField(_("name"), max_length=200)
    borrower_type = models.CharField(_("type"), max_length=12, choices=BorrowerType)
    segment = models.CharField(_("segment"), max_length=24, choices=Segment, blank=True, default="")
    id_no = models.CharField(_("credit code or ID number"), max_length=32, blank=True, default="")
    industry = models.CharField(_("industry"), max_length=120, blank=True, default="")
    registered_address = models.CharField(_("address"), max_length=300, blank=True, default="")
    legal_representative = models.CharField(_("legal representative"), max_length=120, blank=True, default="")
    phone = models.CharField(_("phone"), max_length=40, blank=True, default="")
    group = models.ForeignKey(
        BorrowerGroup, models.PROTECT, null=True, related_name="borrowers", verbose_name=_("group")
    )
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", db_index=False)
    officer = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", db_index=False, verbose_name=_("officer")
    )
    rating = models.CharField(_("rating"), max_length=12, blank=True, default="")
    rated_on = models.DateField(_("rated on"), null=True)
    updated_at = models.DateTimeField(_("updated"), db_index=True)

    objects = BorrowerQuerySet.as_manager()

    class Meta:
        verbose_name = _("borrower")
        verbose_name_plural = _("borrowers")
        constraints = [models.UniqueConstraint(fields=["borrower_no"], name="borrower_no_once")]
        indexes = [
            models.Index(fields=["branch", "id"], name="borrower_branch"),
            models.Index(fields=["officer", "id"], name="borrower_officer"),
            models.Index(fields=["name", "id"], name="borrower_name"),
            models.Index(fields=["id_no"], name="borrower_id_no"),
        ]

    def __str__(self) -> str:
        return self.name


class Guarantee(models.Model):
    """One guarantor's undertaking for one loan; ``expires_on`` is the end of the guarantee period by
    agreement, else six months from the principal's due date (Civil Code 692; never moved)."""

    loan = models.ForeignKey(Loan, models.CASCADE, related_name="guarantees", db_index=False)
    guarantor_no = models.CharField(_("guarantor no."), max_length=64)
    name = models.CharField(_("name"), max_length=200)
    guarantor_type = models.CharField(_("type"), max_length=12, choices=GuarantorType)
    liability = models.CharField(_("liability"), max_length=8, choices=Liability)
    amount = models.DecimalField(_("amount"), max_digits=18, decimal_places=2, null=True)
    period_ends_on = models.DateField(_("agreed end of period"), null=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True, default="")
    address = models.CharField(_("address"), max_length=300, blank=True, default="")
    expires_on = models.DateField(_("guarantee period ends"), db_index=True)
    updated_at = models.DateTimeField(_("updated"))

    objects = LoanFactQuerySet.as_manager()

    class Meta:
        verbose_name = _("guarantee")
        verbose_name_plural = _("guarantees")
        constraints = [
            models.UniqueConstraint(fields=["loan", "guarantor_no"], name="guarantee_once_per_loan")
        ]
        indexes = [models.Index(fields=["guarantor_no"], name="guarantee_guarantor")]

    def __str__(self) -> str:
        return f"{self.loan_id}/{self.guarantor_no}"


class Collateral(models.Model):
    """A piece of collateral; it may secure several loans."""

    collateral_no = models.CharField(_("collateral no."), max_length=64)
    kind = models.CharField(_("kind"), max_length=12, choices=CollateralKind)
    description = models.CharField(_("description"), max_length=300, blank=True, default="")
    owner_name = models.CharField(_("owner"), max_length=200, blank=True, default="")
    appraised_value = models.DecimalField(_("appraised value"), max_digits=18, decimal_places=2, null=True)
    appraised_on = models.DateField(_("appraised on"), null=True)
    max_ltv_pct = models.DecimalField(_("maximum LTV %"), max_digits=6, decimal_places=2, null=True)
    insured_until = models.DateField(_("insured until"), null=True)
    insurer = models.CharField(_("insurer"), max_length=120, blank=True, default="")
    beneficiary = models.CharField(_("beneficiary"), max_length=120, blank=True, default="")
    last_checked_on = models.DateField(_("last on-site check"), null=True)
    updated_at = models.DateTimeField(_("updated"))

    loans = models.ManyToManyField(Loan, through="CollateralLoan", related_name="collaterals")

    objects = CollateralQuerySet.as_manager()

    class Meta:
        verbose_name = _("collateral")
        verbose_name_plural = _("collaterals")
        constraints = [models.UniqueConstraint(fields=["collateral_no"], name="collateral_no_once")]

    def __str__(self) -> str:
        return self.collateral_no


class CollateralLoan(models.Model):
    """A collateral secures a loan."""

    collateral = models.ForeignKey(Collateral, models.CASCADE, related_name="links", db_index=False)
    loan = models.ForeignKey(Loan, models.CASCADE, related_name="collateral_links")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["collateral", "loan"], name="collateral_loan_once")]

    def __str__(self) -> str:
        return f"{self.collateral_id} for {self.loan_id}"


class Rating(models.Model):
    """A rating of a borrower (``borrower_no``) or a guarantor (``loan_no/guarantor_no``)."""

    subject_no = models.CharField(_("subject"), max_length=130)
    rated_on = models.DateField(_("rated on"))
    kind = models.CharField(_("kind"), max_length=8, choices=RatingKind)
    grade = models.CharField(_("grade"), max_length=12)

    class Meta:
        verbose_name = _("rating")
        verbose_name_plural = _("ratings")
        constraints = [models.UniqueConstraint(fields=["subject_no", "rated_on", "kind"], name="rating_once")]
        indexes = [models.Index(fields=["rated_on"], name="rating_date")]

    def __str__(self) -> str:
        return f"{self.subject_no} {self.grade}"


class AccountFlow(models.Model):
    """A booking on a borrower's account, for fund-flow tracing."""

    flow_no = models.CharField(_("flow no."), max_length=64)
    borrower = models.ForeignKey(Borrower, models.CASCADE, related_name="flows", db_index=False)
    loan = models.ForeignKey(Loan, models.SET_NULL, null=True, related_name="flows")
    booked_on = models.DateField(_("booked on"))
    direction = models.CharField(_("direction"), max_length=3, choices=Direction)
    amount = models.DecimalField(_("amount"), max_digits=18, decimal_places=2)
    counterparty_name = models.CharField(_("counterparty"), max_length=200, blank=True, default="")
    counterparty_account = models.CharField(_("account"), max_length=64, blank=True, default="")
    counterparty_relation = models.CharField(_("relation"), max_length=60, blank=True, default="")
    purpose = models.CharField(_("purpose"), max_length=300, blank=True, default="")

    objects = OwnedQuerySet.as_manager()

    class Meta:
        verbose_name = _("account flow")
        verbose_name_plural = _("account flows")
        constraints = [models.UniqueConstraint(fields=["flow_no"], name="flow_no_once")]
        indexes = [models.Index(fields=["borrower", "-booked_on"], name="flow_borrower")]

    def __str__(self) -> str:
        return self.flow_no


class FinancialItem(models.Model):
    """One figure of one financial statement of a borrower, in long form."""

    borrower = models.ForeignKey(Borrower, models.CASCADE, related_name="financials", db_index=False)
    period_end = models.DateField(_("period end"))
    statement = models.CharField(_("statement"), max_length=14, choices=Statement)
    item = models.CharField(_("item"), max_length=120)
    value = models.DecimalField(_("value"), max_digits=20, decimal_places=4)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        verbose_name = _("financial item")
        verbose_name_plural = _("financial items")
        constraints = [
            models.UniqueConstraint(
                fields=["borrower", "period_end", "statement", "item"], name="financial_item_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.borrower_id} {self.period_end} {self.item}"


class Indicator(models.Model):
    """A point of an outside series on a borrower (tax, power, other-bank debt ...)."""

    borrower = models.ForeignKey(Borrower, models.CASCADE, related_name="indicators", db_index=False)
    kind = models.CharField(_("kind"), max_length=60)
    observed_on = models.DateField(_("observed on"))
    value = models.DecimalField(_("value"), max_digits=20, decimal_places=4)
    source = models.CharField(_("source"), max_length=120, blank=True, default="")

    objects = OwnedQuerySet.as_manager()

    class Meta:
        verbose_name = _("indicator")
        verbose_name_plural = _("indicators")
        constraints = [
            models.UniqueConstraint(fields=["borrower", "kind", "observed_on"], name="indicator_once")
        ]

    def __str__(self) -> str:
        return f"{self.borrower_id} {self.kind} {self.observed_on}"
