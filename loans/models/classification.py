"""Five-category classification and inspection regime over time; overdue floors."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.enums import PublicationState
from loans.enums import Classification, FactSource, Regime
from loans.models.loan import Loan
from loans.querysets import LoanFactQuerySet


class LoanRegime(models.Model):
    """Regime of a loan from a date on (fact history; one row per date)."""

    loan = models.ForeignKey(Loan, models.CASCADE, related_name="regime_history", db_index=False)
    effective_on = models.DateField(_("effective on"))
    regime = models.CharField(_("regime"), max_length=8, choices=Regime)
    source = models.CharField(_("source"), max_length=12, choices=FactSource)

    objects = LoanFactQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["loan", "effective_on"], name="loan_regime_once")]
        indexes = [models.Index(fields=["effective_on"], name="loan_regime_date")]

    def __str__(self) -> str:
        return f"{self.loan_id} {self.effective_on} {self.regime}"


class LoanClassification(models.Model):
    """Delivered or approved class of a loan from a date on (fact history; floors are not in here)."""

    loan = models.ForeignKey(Loan, models.CASCADE, related_name="class_history", db_index=False)
    effective_on = models.DateField(_("effective on"))
    classification = models.CharField(_("class"), max_length=16, choices=Classification)
    reason = models.CharField(_("reason"), max_length=300, blank=True, default="")
    source = models.CharField(_("source"), max_length=12, choices=FactSource)

    objects = LoanFactQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["loan", "effective_on"], name="loan_class_once")]
        indexes = [models.Index(fields=["effective_on"], name="loan_class_date")]

    def __str__(self) -> str:
        return f"{self.loan_id} {self.effective_on} {self.classification}"


class FloorRule(models.Model):
    """From how many days past due which class is the least (classification measures of 2023)."""

    min_dpd = models.PositiveIntegerField(_("days past due from"))
    classification = models.CharField(_("least class"), max_length=16, choices=Classification)
    clause = models.CharField(_("clause"), max_length=80)
    technical_until = models.PositiveSmallIntegerField(
        _("spares technical overdue up to"),
        default=0,
        help_text=_("Days a documented technical overdue is spared; 0: no carve-out."),
    )
    effective_from = models.DateField(_("effective from"))
    effective_to = models.DateField(_("effective to"), null=True, blank=True)
    state = models.CharField(
        _("state"), max_length=12, choices=PublicationState, default=PublicationState.DRAFT
    )
    proposed_by = models.CharField(max_length=120, blank=True)
    published_by = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["min_dpd", "effective_from"]
        verbose_name = _("floor rule")
        verbose_name_plural = _("floor rules")
        constraints = [
            models.UniqueConstraint(
                fields=["min_dpd", "effective_from"],
                condition=Q(state=PublicationState.PUBLISHED),
                name="floor_rule_one_published_per_date",
            ),
            models.CheckConstraint(
                condition=Q(effective_to__isnull=True) | Q(effective_to__gte=F("effective_from")),
                name="floor_rule_range_ordered",
            ),
        ]

    def __str__(self) -> str:
        return f">= {self.min_dpd}: {self.classification}"


class FloorProposal(models.Model):
    """The daily run's proposal of an overdue floor; it takes effect at once, a person may only go lower."""

    loan = models.ForeignKey(Loan, models.CASCADE, related_name="floors", db_index=False)
    effective_on = models.DateField(_("effective on"))
    floor_class = models.CharField(_("floor"), max_length=16, choices=Classification)
    previous_floor = models.CharField(_("previous floor"), max_length=16, choices=Classification)
    oldest_unpaid_due_on = models.DateField(_("oldest unpaid due date"), null=True)
    days_past_due = models.PositiveIntegerField(_("days past due"), default=0)
    rule = models.ForeignKey(FloorRule, models.PROTECT, null=True, related_name="+", db_index=False)

    objects = LoanFactQuerySet.as_manager()

    class Meta:
        verbose_name = _("floor proposal")
        verbose_name_plural = _("floor proposals")
        constraints = [models.UniqueConstraint(fields=["loan", "effective_on"], name="floor_proposal_once")]
        indexes = [models.Index(fields=["effective_on", "loan"], name="floor_proposal_date")]

    def __str__(self) -> str:
        return f"{self.loan_id} {self.effective_on} {self.floor_class}"


class LoanStatus(models.Model):
    """Regime and class in force from a date on: the merge of fact history and floors, one row per change.

    ``previous_*`` is what was in force the day before (empty at disbursement), so that a tightening inside
    a period is found by a range over ``effective_on``.
    """

    loan = models.ForeignKey(Loan, models.CASCADE, related_name="status_history", db_index=False)
    effective_on = models.DateField(_("effective on"))
    regime = models.CharField(_("regime"), max_length=8, choices=Regime)
    classification = models.CharField(_("class"), max_length=16, choices=Classification)
    previous_regime = models.CharField(max_length=8, blank=True, default="")
    previous_classification = models.CharField(max_length=16, blank=True, default="")

    objects = LoanFactQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["loan", "effective_on"], name="loan_status_once")]
        indexes = [models.Index(fields=["effective_on", "loan"], name="loan_status_date")]

    def __str__(self) -> str:
        return f"{self.loan_id} {self.effective_on} {self.regime}/{self.classification}"
