"""Stored files, gapless numbers, and issued documents that never change."""

from pathlib import Path

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from documents.enums import MediaType
from org.models import Branch, User


class StoredFile(models.Model):
    """One uploaded file as evidence of a record; its bytes lie under their hash, outside the web root."""

    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField(_("size"))
    media_type = models.CharField(_("type"), max_length=80, choices=MediaType)
    name = models.CharField(_("name"), max_length=160)
    subject_type = models.CharField(_("subject type"), max_length=20)
    subject_no = models.CharField(_("subject"), max_length=120)
    uploaded_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("uploaded by"))
    uploaded_at = models.DateTimeField(_("uploaded"))

    class Meta:
        ordering = ["-id"]
        verbose_name = _("stored file")
        verbose_name_plural = _("stored files")
        indexes = [
            models.Index(fields=["sha256"], name="stored_file_hash"),
            models.Index(fields=["subject_type", "subject_no", "-id"], name="stored_file_subject"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def path(self) -> Path:
        return Path(settings.MEDIA_ROOT) / self.sha256[:2] / self.sha256

    @property
    def reference(self) -> str:
        """How evidence columns point to this file."""
        return f"file:{self.pk}"


class NumberSeries(models.Model):
    """The last number given out of one kind, branch and year; no number is skipped."""

    kind = models.CharField(max_length=40)
    branch_no = models.CharField(max_length=32, blank=True, default="")
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "branch_no", "year"], name="number_series_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.branch_no} {self.year}: {self.last}"


class IssuedDocument(models.Model):
    """One numbered document as it was issued: the template's name and the values it was filled with.

    Append-only. ``content_sha256`` covers number, version, template and context, so the document can be
    printed again and proven to be the same. A reissue is a new version that names the one it replaces.
    """

    number = models.CharField(_("number"), max_length=80)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    replaces = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="replaced_by")
    kind = models.CharField(_("kind"), max_length=40)
    subject_type = models.CharField(_("subject type"), max_length=20)
    subject_no = models.CharField(_("subject"), max_length=120)
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", verbose_name=_("branch"))
    template = models.CharField(max_length=120)
    context = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    content_sha256 = models.CharField(max_length=64)
    issued_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("issued by"))
    issued_on = models.DateField(_("issued on"))
    issued_at = models.DateTimeField(_("issued"))

    class Meta:
        ordering = ["-id"]
        verbose_name = _("issued document")
        verbose_name_plural = _("issued documents")
        constraints = [
            models.UniqueConstraint(fields=["number", "version"], name="issued_document_version_once"),
            models.CheckConstraint(
                condition=Q(version=1, replaces__isnull=True) | Q(version__gt=1, replaces__isnull=False),
                name="issued_document_version_chain",
            ),
        ]
        indexes = [models.Index(fields=["subject_type", "subject_no", "-id"], name="issued_document_subject")]

    def __str__(self) -> str:
        return f"{self.number} v{self.version}"
