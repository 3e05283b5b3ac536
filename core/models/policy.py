"""Readings and thresholds that a policy officer may change, with an effective date."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.enums import PublicationState


class Parameter(models.Model):
    """One value of one named parameter from a date on; the catalogue of names is in ``core.parameters``."""

    name = models.CharField(_("name"), max_length=60)
    value = models.CharField(_("value"), max_length=120)
    effective_from = models.DateField(_("effective from"))
    effective_to = models.DateField(_("effective to"), null=True, blank=True)
    state = models.CharField(
        _("state"), max_length=12, choices=PublicationState, default=PublicationState.DRAFT
    )
    reason = models.TextField(_("reason"), blank=True)
    proposed_by = models.CharField(_("proposed by"), max_length=120, blank=True)
    published_by = models.CharField(_("published by"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("policy parameter")
        verbose_name_plural = _("policy parameters")
        ordering = ["name", "effective_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["name", "effective_from"],
                condition=Q(state=PublicationState.PUBLISHED),
                name="parameter_one_published_per_date",
            ),
            models.CheckConstraint(
                condition=Q(effective_to__isnull=True) | Q(effective_to__gte=F("effective_from")),
                name="parameter_range_ordered",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}={self.value} @ {self.effective_from}"
