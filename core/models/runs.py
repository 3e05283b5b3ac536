"""Daily runs, their steps, background jobs, and the current business date."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.enums import RunState


class BusinessDate(models.Model):
    """The single row that says which date the bank works on (the day after the last one closed)."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    current = models.DateField(_("business date"))
    started_on = models.DateField(_("live since"), help_text=_("Date of the first delivery."))

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="business_date_single_row")]

    def __str__(self) -> str:
        return self.current.isoformat()


class DailyRun(models.Model):
    """The closing of one business date."""

    business_date = models.DateField(_("business date"), unique=True)
    state = models.CharField(_("state"), max_length=8, choices=RunState, default=RunState.PENDING)
    with_delivery = models.BooleanField(_("with delivery"), default=True)
    blocks = models.JSONField(default=list, help_text="Branch blocks [[branch ids], ...] of this run.")
    started_at = models.DateTimeField(_("started"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    heartbeat_at = models.DateTimeField(null=True)
    started_by = models.CharField(_("started by"), max_length=120, blank=True)
    error = models.TextField(_("error"), blank=True)

    class Meta:
        ordering = ["-business_date"]
        verbose_name = _("daily run")
        verbose_name_plural = _("daily runs")

    def __str__(self) -> str:
        return self.business_date.isoformat()


class StepRun(models.Model):
    """One step of a daily run for one block of branches; written in the transaction of its work."""

    run = models.ForeignKey(DailyRun, models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    step = models.CharField(_("step"), max_length=60)
    block = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(_("state"), max_length=8, choices=RunState, default=RunState.PENDING)
    counts = models.JSONField(_("counts"), default=dict)
    notes = models.JSONField(_("remarks"), default=list)
    seconds = models.DecimalField(_("seconds"), max_digits=9, decimal_places=3, null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    worker = models.CharField(_("worker"), max_length=120, blank=True)
    error = models.TextField(_("error"), blank=True)

    class Meta:
        ordering = ["run", "position", "block"]
        constraints = [
            models.UniqueConstraint(fields=["run", "step", "block"], name="step_run_once"),
        ]

    def __str__(self) -> str:
        return f"{self.step}/{self.block}"


class Job(models.Model):
    """A long piece of work in the background: the row is the truth, the broker only carries its id."""

    kind = models.CharField(_("kind"), max_length=60)
    key = models.CharField(max_length=120, help_text="Two unfinished jobs of a kind never share a key.")
    state = models.CharField(_("state"), max_length=8, choices=RunState, default=RunState.PENDING)
    payload = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    progress = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    message = models.TextField(_("message"), blank=True)
    result = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    owner_no = models.CharField(max_length=32, blank=True)
    created_at = models.DateTimeField()
    heartbeat_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["kind", "-id"], name="job_kind")]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "key"],
                condition=Q(state__in=[RunState.PENDING, RunState.RUNNING]),
                name="job_one_unfinished",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
