"""Duties and their rules: what one person owes by one date under one clause."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.enums import PublicationState
from duties.enums import DutyState, OffsetUnit, Opens, Roll, SubjectType
from duties.querysets import DutyQuerySet
from duties.rules import Rule
from org.enums import Role
from org.models import Branch, User


class DutyRule(models.Model):
    """One deadline of the handbook as data: anchor, offset, roll, lead time, owner, clause."""

    code = models.CharField(_("code"), max_length=32)
    clause = models.CharField(_("clause"), max_length=40)
    title = models.CharField(_("title"), max_length=120)
    subject_type = models.CharField(_("subject"), max_length=20, choices=SubjectType)
    anchor = models.CharField(_("anchor"), max_length=80)
    offset = models.SmallIntegerField(_("offset"))
    unit = models.CharField(_("unit"), max_length=12, choices=OffsetUnit)
    roll = models.CharField(_("on a day off"), max_length=8, choices=Roll, default=Roll.KEEP)
    opens = models.CharField(_("opens"), max_length=24, choices=Opens, default=Opens.ANCHOR)
    opens_before = models.PositiveSmallIntegerField(_("lead"), default=0)
    owner_role = models.CharField(_("owner"), max_length=24, choices=Role)
    effective_from = models.DateField(_("effective from"))
    effective_to = models.DateField(_("effective to"), null=True, blank=True)
    state = models.CharField(
        _("state"), max_length=12, choices=PublicationState, default=PublicationState.DRAFT
    )
    proposed_by = models.CharField(_("proposed by"), max_length=120, blank=True)
    published_by = models.CharField(_("published by"), max_length=120, blank=True)

    class Meta:
        ordering = ["code", "effective_from"]
        verbose_name = _("duty rule")
        verbose_name_plural = _("duty rules")
        constraints = [
            models.UniqueConstraint(
                fields=["code", "effective_from"],
                condition=Q(state=PublicationState.PUBLISHED),
                name="duty_rule_one_published_per_date",
            ),
            models.CheckConstraint(
                condition=Q(effective_to__isnull=True) | Q(effective_to__gte=F("effective_from")),
                name="duty_rule_range_ordered",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} ({self.clause})"

    def as_value(self) -> Rule:
        """The row as the value that the pure rules work with."""
        return Rule(
            code=self.code,
            clause=self.clause,
            title=self.title,
            subject_type=self.subject_type,
            anchor=self.anchor,
            offset=self.offset,
            unit=self.unit,
            roll=self.roll,
            opens=self.opens,
            opens_before=self.opens_before,
            owner_role=self.owner_role,
            id=self.pk,
        )


class Duty(models.Model):
    """What one person owes by one date under one clause.

    Subjects are carried by value (type and number); ``branch``, ``owner`` and ``rule`` point downward
    without a database constraint, because each real foreign key doubles the cost of an opening day.
    ``loans`` holds the covered loan numbers joined by ``;`` (read it by ``loan_nos``).
    *Overdue* and *done late* are derived, never stored.
    """

    code = models.CharField(_("code"), max_length=32)
    clause = models.CharField(_("clause"), max_length=40)
    subject_type = models.CharField(_("subject type"), max_length=20, choices=SubjectType)
    subject_no = models.CharField(_("subject"), max_length=120)
    period_key = models.CharField(_("period"), max_length=40)
    loans = models.TextField(_("loans"), default="", blank=True)
    borrower_no = models.CharField(_("borrower no."), max_length=64, null=True, blank=True)
    branch = models.ForeignKey(
        Branch, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    owner = models.ForeignKey(
        User, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False, null=True
    )
    rule = models.ForeignKey(
        DutyRule, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False, null=True
    )
    anchor_on = models.DateField(_("anchor"))
    opens_on = models.DateField(_("opens on"))
    due_on = models.DateField(_("due on"))
    planned_on = models.DateField(_("planned visit"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=6, choices=DutyState, default=DutyState.OPEN)
    done_on = models.DateField(_("done on"), null=True, blank=True)
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    close_reason = models.CharField(_("reason of closing"), max_length=20, blank=True, default="")
    closing_note = models.TextField(_("note"), blank=True, default="")
    missed = models.BooleanField(_("missed"), default=False)
    provisional = models.BooleanField(_("provisional"), default=False)
    evidence = models.CharField(_("evidence"), max_length=160, blank=True, default="")
    explanation = models.JSONField(_("explanation"), default=dict, encoder=DjangoJSONEncoder)
    version = models.PositiveIntegerField(default=0)

    objects = DutyQuerySet.as_manager()

    class Meta:
        verbose_name = _("duty")
        verbose_name_plural = _("duties")
        constraints = [
            models.UniqueConstraint(
                fields=["subject_no", "code", "period_key"], name="duty_once_per_subject_and_period"
            ),
            models.CheckConstraint(
                condition=Q(state=DutyState.OPEN, closed_on__isnull=True)
                | Q(~Q(state=DutyState.OPEN), closed_on__isnull=False),
                name="duty_closed_has_date",
            ),
        ]
        indexes = [
            models.Index(
                fields=["owner", "due_on", "id"], condition=Q(state="open"), name="duty_owner_queue"
            ),
            models.Index(
                fields=["branch", "due_on", "id"], condition=Q(state="open"), name="duty_branch_queue"
            ),
            models.Index(fields=["code", "due_on"], condition=Q(state="open"), name="duty_code_open"),
            # Closings go from the loans in play to what is open about them, past years of closed duties.
            models.Index(fields=["subject_no"], condition=Q(state="open"), name="duty_subject_open"),
            models.Index(fields=["due_on", "id"], condition=Q(state="open"), name="duty_open_queue"),
            # Written when a duty closes, so that opening many costs nothing more.
            models.Index(
                fields=["owner", "closed_on", "id"],
                condition=Q(closed_on__isnull=False),
                name="duty_owner_closed",
            ),
            models.Index(
                fields=["closed_on", "id"], condition=Q(closed_on__isnull=False), name="duty_closed"
            ),
            models.Index(fields=["borrower_no", "-due_on"], name="duty_borrower"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.subject_no} {self.period_key}"

    @property
    def loan_nos(self) -> list[str]:
        return sorted(filter(None, self.loans.split(";")))


class Reminder(models.Model):
    """One stage of reminding or escalation reached by a duty; unique, so that a stage speaks once."""

    duty = models.ForeignKey(Duty, models.CASCADE, related_name="reminders", db_constraint=False)
    stage = models.CharField(_("stage"), max_length=24)
    recipient = models.ForeignKey(User, models.CASCADE, related_name="+", db_constraint=False)
    raised_on = models.DateField(_("raised on"))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["duty", "stage", "recipient"], name="reminder_stage_once")
        ]
        indexes = [models.Index(fields=["recipient", "-raised_on"], name="reminder_recipient")]

    def __str__(self) -> str:
        return f"{self.stage} {self.duty_id}"


class Digest(models.Model):
    """The one reminder message of a person and day: how many own duties reached which stage, how many of
    others' were escalated to the person."""

    recipient = models.ForeignKey(User, models.CASCADE, related_name="+")
    business_date = models.DateField(_("business date"))
    counts = models.JSONField(default=dict)
    escalated = models.PositiveIntegerField(_("escalated to the recipient"), default=0)
    email_state = models.CharField(max_length=8, default="pending")
    attempts = models.PositiveSmallIntegerField(default=0)
    read_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("reminder digest")
        verbose_name_plural = _("reminder digests")
        constraints = [
            models.UniqueConstraint(fields=["recipient", "business_date"], name="digest_once_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.business_date} {self.recipient_id}"
