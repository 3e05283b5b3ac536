"""Core-banking deliveries and what became of their files."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

from loans.enums import DeliveryState


class Delivery(models.Model):
    """One delivery dated D: the state of the book at the close of D."""

    business_date = models.DateField(_("date"), db_index=True)
    digest = models.CharField(max_length=64, help_text="SHA-256 over the files' contents.")
    name = models.CharField(_("file"), max_length=200)
    state = models.CharField(_("state"), max_length=10, choices=DeliveryState, default=DeliveryState.RECEIVED)
    complete = models.BooleanField(_("complete"), default=True)
    mode = models.CharField(_("mode"), max_length=16)
    received_at = models.DateTimeField(_("received"))
    finished_at = models.DateTimeField(_("finished"), null=True)
    received_by = models.CharField(_("received by"), max_length=120, blank=True)
    stored_path = models.CharField(max_length=300, blank=True, help_text="Uploaded file under MEDIA_ROOT.")
    rejects_path = models.CharField(max_length=300, blank=True)
    report = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    message = models.TextField(_("message"), blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        indexes = [models.Index(fields=["digest"], name="delivery_digest")]

    def __str__(self) -> str:
        return f"{self.business_date} {self.name}"


class DeliveryFile(models.Model):
    """Figures of one file of a delivery."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="files")
    name = models.CharField(_("file"), max_length=80)
    read = models.PositiveIntegerField(_("read"), default=0)
    created = models.PositiveIntegerField(_("created"), default=0)
    changed = models.PositiveIntegerField(_("changed"), default=0)
    unchanged = models.PositiveIntegerField(_("unchanged"), default=0)
    rejected = models.PositiveIntegerField(_("rejected"), default=0)
    remarks = models.JSONField(_("remarks"), default=list)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["delivery", "name"], name="delivery_file_once")]

    def __str__(self) -> str:
        return self.name
