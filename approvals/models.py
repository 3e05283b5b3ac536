"""Sign-off in one to three levels: the definition (Route) apart from the run (Request)."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from approvals.enums import Outcome, RequestState
from approvals.querysets import RequestQuerySet
from core.enums import PublicationState
from org.enums import Role
from org.models import Branch, User

MAX_LEVELS = 3
# A step's duty is called SIGN_<KIND>_<LEVEL>, and a duty's code has 32 characters.
KIND_LENGTH = 25


class Route(models.Model):
    """How one kind of request is signed, from a date on."""

    kind = models.CharField(_("kind"), max_length=KIND_LENGTH)
    title = models.CharField(_("title"), max_length=120)
    effective_from = models.DateField(_("effective from"))
    effective_to = models.DateField(_("effective to"), null=True, blank=True)
    state = models.CharField(
        _("state"), max_length=12, choices=PublicationState, default=PublicationState.DRAFT
    )
    proposed_by = models.CharField(_("proposed by"), max_length=120, blank=True)
    published_by = models.CharField(_("published by"), max_length=120, blank=True)

    class Meta:
        ordering = ["kind", "effective_from"]
        verbose_name = _("approval route")
        verbose_name_plural = _("approval routes")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "effective_from"],
                condition=Q(state=PublicationState.PUBLISHED),
                name="route_one_published_per_date",
            ),
            models.CheckConstraint(
                condition=Q(effective_to__isnull=True) | Q(effective_to__gte=F("effective_from")),
                name="route_range_ordered",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} @ {self.effective_from}"


class RouteStep(models.Model):
    """One level of a route: who signs, and within how many working days of reaching the level."""

    route = models.ForeignKey(Route, models.CASCADE, related_name="steps")
    level = models.PositiveSmallIntegerField(_("level"))
    role = models.CharField(_("role"), max_length=24, choices=Role)
    alternate_role = models.CharField(_("alternate role"), max_length=24, choices=Role, blank=True)
    sla_workdays = models.PositiveSmallIntegerField(_("working days"), default=1)
    clause = models.CharField(_("clause"), max_length=40)

    class Meta:
        ordering = ["route", "level"]
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        constraints = [
            models.UniqueConstraint(fields=["route", "level"], name="route_step_once"),
            models.CheckConstraint(
                condition=Q(level__gte=1, level__lte=MAX_LEVELS), name="route_step_level_1_to_3"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.level}: {self.get_role_display()}"


class Request(models.Model):
    """One submission of one subject for signature.

    What is signed is pinned by ``content_hash``. ``level`` is the level that waits for a signature;
    ``role``, ``alternate_role``, ``substitute`` and ``due_on`` are those of this level, so that a queue is
    one query. A corrected record is submitted anew under a new number.
    """

    number = models.CharField(_("submission no."), max_length=40, unique=True)
    kind = models.CharField(_("kind"), max_length=KIND_LENGTH)
    route = models.ForeignKey(Route, models.PROTECT, related_name="+")
    subject_type = models.CharField(_("subject type"), max_length=20)
    subject_no = models.CharField(_("subject"), max_length=120)
    title = models.CharField(_("title"), max_length=200)
    content_hash = models.CharField(max_length=64)
    payload = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", verbose_name=_("branch"))
    applicant = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("applicant"))
    borrower_no = models.CharField(_("borrower no."), max_length=64, null=True, blank=True)
    state = models.CharField(_("state"), max_length=9, choices=RequestState, default=RequestState.OPEN)
    level = models.PositiveSmallIntegerField(_("level"), default=1)
    levels = models.PositiveSmallIntegerField(_("levels"))
    role = models.CharField(_("role"), max_length=24, choices=Role)
    alternate_role = models.CharField(max_length=24, choices=Role, blank=True)
    substitute = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Stands in where nobody holds the role."),
    )
    due_on = models.DateField(_("sign by"))
    submitted_on = models.DateField(_("submitted on"))
    submitted_at = models.DateTimeField(_("submitted"))
    closed_on = models.DateField(_("closed on"), null=True, blank=True)

    objects = RequestQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("approval request")
        verbose_name_plural = _("approval requests")
        constraints = [
            models.UniqueConstraint(
                fields=["subject_type", "subject_no"],
                condition=Q(state=RequestState.OPEN),
                name="request_one_open_per_subject",
            ),
            models.CheckConstraint(
                condition=Q(level__gte=1, level__lte=F("levels"), levels__lte=MAX_LEVELS),
                name="request_level_on_the_route",
            ),
            models.CheckConstraint(
                condition=Q(state=RequestState.OPEN, closed_on__isnull=True)
                | Q(~Q(state=RequestState.OPEN), closed_on__isnull=False),
                name="request_closed_has_date",
            ),
        ]
        indexes = [
            models.Index(
                fields=["role", "due_on", "id"], condition=Q(state="open"), name="request_role_queue"
            ),
            models.Index(fields=["subject_type", "subject_no", "-id"], name="request_subject"),
            models.Index(fields=["applicant", "-id"], name="request_applicant"),
        ]

    def __str__(self) -> str:
        return self.number


class Decision(models.Model):
    """One signature. Append-only, like the audit trail.

    ``actor`` signed; ``principal`` is in whose place (the actor, or the person whose deputy the actor is).
    The applicant is stored again, so that the database itself refuses a signature under one's own work.
    """

    request = models.ForeignKey(Request, models.PROTECT, related_name="decisions")
    level = models.PositiveSmallIntegerField(_("level"))
    applicant = models.ForeignKey(User, models.PROTECT, related_name="+")
    actor = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("signed by"))
    principal = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("in place of"))
    outcome = models.CharField(_("outcome"), max_length=7, choices=Outcome)
    opinion = models.TextField(_("opinion"))
    content_hash = models.CharField(max_length=64)
    due_on = models.DateField(_("sign by"))
    decided_on = models.DateField(_("signed on"))
    decided_at = models.DateTimeField(_("signed"))

    class Meta:
        ordering = ["request", "level"]
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        constraints = [
            models.UniqueConstraint(fields=["request", "level"], name="decision_one_per_level"),
            models.UniqueConstraint(fields=["request", "actor"], name="decision_nobody_signs_twice"),
            models.UniqueConstraint(
                fields=["request", "principal"], name="decision_nobody_is_signed_for_twice"
            ),
            models.CheckConstraint(condition=~Q(actor=F("applicant")), name="decision_four_eyes"),
            models.CheckConstraint(
                condition=~Q(principal=F("applicant")), name="decision_four_eyes_by_deputy"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request_id}/{self.level} {self.outcome}"

    @property
    def on_behalf_of(self) -> User | None:
        """Whose deputy signed; the signature then shows 代."""
        return self.principal if self.principal_id != self.actor_id else None
