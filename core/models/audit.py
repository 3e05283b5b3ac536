"""The append-only, hash-chained audit trail."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditChain(models.Model):
    """Head of one of several parallel hash chains.

    A writer locks the first chain that nobody else holds, so that two acts at the same time do not wait
    for each other; within a chain the order is total.
    """

    shard = models.PositiveSmallIntegerField(primary_key=True)
    length = models.BigIntegerField(default=0)
    head = models.CharField(max_length=64, default="")

    def __str__(self) -> str:
        return f"chain {self.shard}"


class AuditEvent(models.Model):
    """One act of a person, or one step of the daily run. Never updated, never deleted (triggers hold it).

    The actor's name and branch are frozen as text; there is no foreign key.
    """

    shard = models.PositiveSmallIntegerField()
    sequence = models.BigIntegerField()
    at = models.DateTimeField(_("at"), db_index=True)
    business_date = models.DateField(_("business date"), null=True)
    action = models.CharField(_("action"), max_length=60, db_index=True)
    actor_no = models.CharField(_("employee no."), max_length=32, blank=True, db_index=True)
    actor_name = models.CharField(_("actor"), max_length=120, blank=True)
    actor_branch = models.CharField(_("branch"), max_length=32, blank=True)
    on_behalf_of = models.CharField(_("on behalf of"), max_length=120, blank=True)
    subject_type = models.CharField(_("subject type"), max_length=40, blank=True)
    subject_no = models.CharField(_("subject"), max_length=120, blank=True)
    before = models.JSONField(_("before"), default=dict, encoder=DjangoJSONEncoder)
    after = models.JSONField(_("after"), default=dict, encoder=DjangoJSONEncoder)
    request_id = models.CharField(_("request"), max_length=36, blank=True)
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("audit event")
        verbose_name_plural = _("audit events")
        constraints = [
            models.UniqueConstraint(fields=["shard", "sequence"], name="audit_event_place"),
        ]
        indexes = [
            models.Index(fields=["subject_type", "subject_no", "-id"], name="audit_event_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.subject_type} {self.subject_no}"
