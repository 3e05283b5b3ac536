"""Inspection reports: what was found about a borrower, submitted for signature (INS-1 to INS-10)."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from duties.models import Duty
from inspections.enums import EDITABLE_REPORTS, Conclusion, Cooperation, Method, ReportKind, ReportState
from inspections.models.checklist import Checklist
from inspections.querysets import ReportQuerySet
from loans.enums import Classification, Regime
from loans.models import Borrower
from org.models import Branch, User


class InspectionReport(models.Model):
    """One report about a borrower and a period; it answers the duties that `ReportDuty` names.

    ``findings`` maps the code of a question to ``answer`` and ``note`` (source or remark), as typed.
    ``measures`` is a list of objects with ``what``, ``owner`` and ``due_on``. ``submission`` counts
    submissions, 0 for a draft. On time is judged by ``first_submitted_on`` (CAL-9). ``content_hash`` pins
    what was submitted last.
    """

    report_no = models.CharField(_("report no."), max_length=64)
    borrower = models.ForeignKey(Borrower, models.PROTECT, related_name="inspection_reports")
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    author = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("author"))
    kind = models.CharField(_("kind"), max_length=8, choices=ReportKind)
    checklist = models.ForeignKey(Checklist, models.PROTECT, related_name="+")
    period_key = models.CharField(_("period"), max_length=40)
    period_start = models.DateField(_("from"))
    period_end = models.DateField(_("to"))
    loans = models.TextField(_("loans"), default="", blank=True)

    visited_on = models.DateField(_("date of the inspection"), null=True, blank=True)
    method = models.CharField(_("method"), max_length=8, choices=Method, blank=True, default="")
    place = models.CharField(_("place"), max_length=200, blank=True, default="")
    second_inspector = models.CharField(_("second inspector"), max_length=60, blank=True, default="")
    received_by = models.CharField(_("received by"), max_length=200, blank=True, default="")
    cooperation = models.CharField(
        _("cooperation"), max_length=13, choices=Cooperation, blank=True, default=""
    )
    statements_on = models.DateField(_("newest financial statements of"), null=True, blank=True)
    findings = models.JSONField(_("findings"), default=dict, encoder=DjangoJSONEncoder)
    conclusion = models.CharField(_("conclusion"), max_length=10, choices=Conclusion, blank=True, default="")
    summary = models.TextField(_("summary and recommendation"), blank=True, default="")
    proposed_class = models.CharField(
        _("proposed class"), max_length=16, choices=Classification, blank=True, default=""
    )
    proposed_regime = models.CharField(
        _("proposed regime"), max_length=8, choices=Regime, blank=True, default=""
    )
    measures = models.JSONField(_("measures"), default=list, encoder=DjangoJSONEncoder)

    state = models.CharField(_("state"), max_length=10, choices=ReportState, default=ReportState.DRAFT)
    submission = models.PositiveSmallIntegerField(_("submission"), default=0)
    content_hash = models.CharField(max_length=64, blank=True, default="")
    first_submitted_on = models.DateField(_("first submitted on"), null=True)
    submitted_on = models.DateField(_("submitted on"), null=True)
    approved_on = models.DateField(_("approved on"), null=True)
    updated_at = models.DateTimeField(_("updated"))
    version = models.PositiveIntegerField(default=0)

    objects = ReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("inspection report")
        verbose_name_plural = _("inspection reports")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["report_no"], name="report_no_once"),
            models.CheckConstraint(
                condition=Q(submission=0) | Q(first_submitted_on__isnull=False), name="report_submitted_dated"
            ),
        ]
        indexes = [
            models.Index(fields=["borrower", "-period_end", "-id"], name="report_borrower"),
            models.Index(fields=["author", "-id"], name="report_author"),
            models.Index(fields=["branch", "-id"], name="report_branch"),
        ]

    def __str__(self) -> str:
        return self.report_no

    @property
    def loan_nos(self) -> list[str]:
        return sorted(filter(None, self.loans.split(";")))

    @property
    def is_editable(self) -> bool:
        return self.state in EDITABLE_REPORTS


class ReportDuty(models.Model):
    """A report answers a duty; one report for each duty."""

    report = models.ForeignKey(InspectionReport, models.CASCADE, related_name="answers")
    duty = models.OneToOneField(Duty, models.DO_NOTHING, related_name="+", db_constraint=False)

    class Meta:
        verbose_name = _("duty of a report")
        verbose_name_plural = _("duties of a report")

    def __str__(self) -> str:
        return f"{self.report_id} answers {self.duty_id}"
