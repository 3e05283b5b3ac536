"""Activities, the work logs written about them, and their review (LOG-1 to LOG-4)."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from inspections.enums import ActivityKind, LogState, ReviewOutcome
from inspections.querysets import ActivityQuerySet, WorkLogQuerySet
from loans.models import Borrower
from org.models import Branch, User


class Activity(models.Model):
    """Something done about a borrower; of several days the last one counts (LOG-1)."""

    activity_no = models.CharField(_("activity no."), max_length=64)
    borrower = models.ForeignKey(Borrower, models.PROTECT, related_name="activities")
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    owner = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("done by"))
    kind = models.CharField(_("kind"), max_length=16, choices=ActivityKind)
    began_on = models.DateField(_("from"))
    ended_on = models.DateField(_("to"))
    place = models.CharField(_("place"), max_length=200, blank=True, default="")
    summary = models.CharField(_("what was done"), max_length=300, blank=True, default="")
    recorded_at = models.DateTimeField(_("recorded"))

    objects = ActivityQuerySet.as_manager()

    class Meta:
        verbose_name = _("activity")
        verbose_name_plural = _("activities")
        ordering = ["-ended_on", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["activity_no"], name="activity_no_once"),
            models.CheckConstraint(condition=Q(ended_on__gte=F("began_on")), name="activity_days_ordered"),
        ]

    def __str__(self) -> str:
        return self.activity_no


class WorkLog(models.Model):
    """A work log about a borrower: facts by category, analysis, next step (rule book 4.13).

    ``facts`` is a list of objects with ``category``, ``fact``, ``source`` and ``effect`` (on repayment).
    ``submission`` counts submissions, 0 for a draft. Whether it was on time is judged by
    ``first_submitted_on`` (CAL-9).
    """

    log_no = models.CharField(_("log no."), max_length=64)
    borrower = models.ForeignKey(Borrower, models.PROTECT, related_name="work_logs")
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    author = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("author"))
    activity = models.OneToOneField(
        Activity, models.PROTECT, null=True, related_name="work_log", verbose_name=_("activity")
    )
    kind = models.CharField(_("kind"), max_length=16, choices=ActivityKind)
    activity_on = models.DateField(_("date"))
    place = models.CharField(_("place"), max_length=200, blank=True, default="")
    persons = models.CharField(_("persons met"), max_length=300, blank=True, default="")
    facts = models.JSONField(_("facts"), default=list, encoder=DjangoJSONEncoder)
    analysis = models.TextField(_("analysis"), blank=True, default="")
    next_step = models.TextField(_("next step"), blank=True, default="")
    state = models.CharField(_("state"), max_length=10, choices=LogState, default=LogState.DRAFT)
    submission = models.PositiveSmallIntegerField(_("submission"), default=0)
    first_submitted_on = models.DateField(_("first submitted on"), null=True)
    submitted_on = models.DateField(_("submitted on"), null=True)
    updated_at = models.DateTimeField(_("updated"))
    version = models.PositiveIntegerField(default=0)

    objects = WorkLogQuerySet.as_manager()

    class Meta:
        verbose_name = _("work log")
        verbose_name_plural = _("work logs")
        ordering = ["-activity_on", "-id"]
        constraints = [models.UniqueConstraint(fields=["log_no"], name="work_log_no_once")]
        indexes = [models.Index(fields=["borrower", "activity_on"], name="work_log_month")]

    def __str__(self) -> str:
        return self.log_no


class WorkLogReview(models.Model):
    """What a supervisor said to one submission of a work log; one verdict each, never changed."""

    log = models.ForeignKey(WorkLog, models.PROTECT, related_name="reviews")
    submission = models.PositiveSmallIntegerField(_("submission"))
    outcome = models.CharField(_("outcome"), max_length=10, choices=ReviewOutcome)
    opinion = models.TextField(_("opinion"))
    reviewer = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("reviewer"))
    on_behalf_of = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("on behalf of")
    )
    decided_on = models.DateField(_("date"))
    decided_at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("review of a work log")
        verbose_name_plural = _("reviews of work logs")
        ordering = ["log", "submission"]
        constraints = [models.UniqueConstraint(fields=["log", "submission"], name="work_log_reviewed_once")]

    def __str__(self) -> str:
        return f"{self.log_id}/{self.submission} {self.outcome}"


class LogOpening(models.Model):
    """Somebody had one submission of a work log before their eyes; only then several are signed at once."""

    log = models.ForeignKey(WorkLog, models.CASCADE, related_name="openings")
    submission = models.PositiveSmallIntegerField(_("submission"))
    user = models.ForeignKey(User, models.CASCADE, related_name="+", verbose_name=_("reader"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("opening of a work log")
        verbose_name_plural = _("openings of work logs")
        constraints = [
            models.UniqueConstraint(fields=["log", "submission", "user"], name="work_log_opened_once")
        ]

    def __str__(self) -> str:
        return f"{self.log_id}/{self.submission} by {self.user_id}"
