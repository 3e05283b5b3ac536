"""Letters to borrowers and guarantors: issued, sent, received, acknowledged."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from collections_app.enums import (
    WITH_RECEIPT,
    Capacity,
    DeliveryMethod,
    DeliveryOutcome,
    NoticeKind,
    NoticeState,
)
from collections_app.querysets import BatchQuerySet, NoticeQuerySet
from documents.models import IssuedDocument, StoredFile
from duties.models import Duty
from loans.models import Borrower
from org.models import Branch, User


class NoticeBatch(models.Model):
    """Letters issued together in the background, printed as one PDF with a list for the post office.

    ``token`` comes from the form, so that the same form sent twice is one batch. ``refusals`` says which
    of the chosen duties got no letter, and why.
    """

    token = models.CharField(max_length=32)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("issued by"))
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", verbose_name=_("branch"))
    business_date = models.DateField(_("issued on"))
    created_at = models.DateTimeField()
    duty_ids = models.JSONField(default=list)
    job_id = models.BigIntegerField(null=True)
    refusals = models.JSONField(default=list, encoder=DjangoJSONEncoder)
    pdf = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")

    objects = BatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("batch of notices")
        verbose_name_plural = _("batches of notices")
        constraints = [models.UniqueConstraint(fields=["created_by", "token"], name="notice_batch_form_once")]

    def __str__(self) -> str:
        return f"{self.business_date} #{self.pk}"


class Notice(models.Model):
    """One letter, or one reminder without a letter, about one duty.

    ``document`` is the newest version, null for a reminder without a letter. ``branch`` and ``owner`` are
    the duty's when it was issued; ``version`` guards against stale forms. A void notice was never sent;
    ``state_note`` says why.
    """

    duty = models.ForeignKey(Duty, models.DO_NOTHING, related_name="notices", db_constraint=False)
    kind = models.CharField(_("kind"), max_length=20, choices=NoticeKind)
    borrower = models.ForeignKey(Borrower, models.PROTECT, related_name="+", verbose_name=_("borrower"))
    addressee = models.CharField(_("addressee"), max_length=200)
    addressee_personal = models.BooleanField(_("a natural person"), default=False)
    address = models.CharField(_("address"), max_length=300, blank=True, default="")
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", verbose_name=_("branch"))
    owner = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("owner"))
    document = models.OneToOneField(IssuedDocument, models.PROTECT, null=True, related_name="notice")
    batch = models.ForeignKey(NoticeBatch, models.PROTECT, null=True, related_name="notices")
    state = models.CharField(_("state"), max_length=14, choices=NoticeState, default=NoticeState.ISSUED)
    state_note = models.CharField(_("reason"), max_length=200, blank=True, default="")
    issued_on = models.DateField(_("issued on"))
    sent_on = models.DateField(_("sent on"), null=True)
    receipt_due_on = models.DateField(_("receipt expected by"), null=True)
    receipt_complete = models.BooleanField(_("receipt complete"), default=False)
    version = models.PositiveIntegerField(default=0)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        constraints = [
            models.UniqueConstraint(
                fields=["duty"], condition=~Q(state=NoticeState.VOID), name="notice_one_standing_per_duty"
            ),
        ]
        indexes = [
            models.Index(fields=["branch", "-id"], name="notice_branch"),
            models.Index(fields=["owner", "-id"], name="notice_owner"),
            models.Index(fields=["state"], condition=Q(state="issued"), name="notice_unsent"),
            models.Index(
                fields=["receipt_due_on", "id"],
                condition=Q(receipt_due_on__isnull=False, receipt_complete=False),
                name="notice_receipts",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """The letter's number; the duty's key for a reminder without a letter."""
        return self.document.number if self.document else f"{self.kind} {self.duty_id}"

    @property
    def wants_receipt(self) -> bool:
        return self.kind in WITH_RECEIPT and self.document_id is not None


class NoticeDelivery(models.Model):
    """One attempt to bring a letter to its addressee, or what became of it; append-only."""

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="deliveries")
    method = models.CharField(_("way"), max_length=12, choices=DeliveryMethod)
    outcome = models.CharField(_("result"), max_length=14, choices=DeliveryOutcome)
    on = models.DateField(_("date"))
    tracking_no = models.CharField(_("tracking no."), max_length=40, blank=True, default="")
    person = models.CharField(_("person"), max_length=120, blank=True, default="")
    note = models.CharField(_("note"), max_length=500, blank=True, default="")
    proof = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")
    document_version = models.PositiveSmallIntegerField(default=1)
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    recorded_on = models.DateField(_("recorded on"))

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.method} {self.on} {self.outcome}"


class NoticeReceipt(models.Model):
    """A receipt that came back; the newest one counts. Append-only."""

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="receipts")
    signed_on = models.DateField(_("signed on"))
    signed_by = models.CharField(_("signed by"), max_length=120)
    capacity = models.CharField(_("capacity"), max_length=20, choices=Capacity)
    sealed = models.BooleanField(_("sealed"), default=False)
    note = models.CharField(_("note"), max_length=500, blank=True, default="")
    scan = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    recorded_on = models.DateField(_("recorded on"))

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.signed_by} {self.signed_on}"
