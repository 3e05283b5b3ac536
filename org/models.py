"""Branches, users, roles, delegation."""

import datetime as dt
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import F, Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from core.clock import local_date
from org.enums import BranchLevel, Role
from org.querysets import BranchQuerySet

API_PREFIX = "api-"


class Branch(models.Model):
    """A node of the branch tree; ``path`` is the materialised path of branch numbers, ``/H0/B1/S01/``."""

    branch_no = models.CharField(_("branch no."), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=120)
    level = models.CharField(_("level"), max_length=12, choices=BranchLevel)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("parent")
    )
    path = models.CharField(max_length=400, editable=False, default="", db_index=True)

    objects = BranchQuerySet.as_manager()

    class Meta:
        ordering = ["path"]
        verbose_name = _("branch")
        verbose_name_plural = _("branches")

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(employee_no=username)

    def create_user(self, employee_no: str, password: str | None = None, **fields: Any) -> "User":
        roles = fields.pop("roles", ())
        user = self.model(employee_no=employee_no, **fields)
        user.set_password(password)
        user.save(using=self._db)
        RoleAssignment.objects.bulk_create([RoleAssignment(user=user, role=role) for role in roles])
        return user

    def create_superuser(self, employee_no: str, password: str | None = None, **fields: Any) -> "User":
        fields.setdefault("name", employee_no)
        return self.create_user(employee_no, password, is_superuser=True, roles=[Role.SYSTEM_ADMIN], **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A member of staff, named by the employee number. Django's ``is_superuser`` opens only the back
    office of reference data; it passes no business permission and no approval."""

    employee_no = models.CharField(_("employee no."), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=120)
    email = models.EmailField(_("e-mail"), blank=True)
    branch = models.ForeignKey(
        Branch, models.PROTECT, null=True, blank=True, related_name="staff", verbose_name=_("branch")
    )
    is_active = models.BooleanField(_("active"), default=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    left_on = models.DateField(_("left on"), null=True, blank=True)

    objects: ClassVar[UserManager] = UserManager()

    is_system: ClassVar[bool] = False  # a person, not another system (``ApiClient``)

    USERNAME_FIELD = "employee_no"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        ordering = ["employee_no"]
        verbose_name = _("user")
        verbose_name_plural = _("users")

    def __str__(self) -> str:
        return f"{self.name} ({self.employee_no})"

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name

    @cached_property
    def roles(self) -> frozenset[str]:
        """Role codes held by this user; one query, kept for the request."""
        return frozenset(self.role_assignments.values_list("role", flat=True))

    def has_role(self, *roles: str) -> bool:
        return not self.roles.isdisjoint(roles)

    @property
    def is_staff(self) -> bool:
        """Whether the back office of reference data opens (Django's admin asks by this name)."""
        return self.is_superuser or self.has_role(Role.SYSTEM_ADMIN)

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Django's permissions serve the back office only: its rows open to an administrator as a whole."""
        return self.is_active and self.is_staff

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and self.is_staff


class RoleAssignment(models.Model):
    """One role of one user, held in the user's branch."""

    user = models.ForeignKey(User, models.CASCADE, related_name="role_assignments")
    role = models.CharField(_("role"), max_length=24, choices=Role)

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        constraints = [models.UniqueConstraint(fields=["user", "role"], name="role_assignment_once")]

    def __str__(self) -> str:
        return self.get_role_display()


class RoleHolder(models.Model):
    """Who answers for a role in a branch: the holder there, else in the nearest branch above, else the
    supervisor (contracts section 3). Rebuilt from users and roles; joined by the set-based steps."""

    role = models.CharField(max_length=24, choices=Role)
    branch = models.ForeignKey(Branch, models.CASCADE, related_name="+")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    is_substitute = models.BooleanField(
        default=False, help_text=_("Nobody holds the role up the tree; the supervisor stands in.")
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["role", "branch"], name="role_holder_one")]

    def __str__(self) -> str:
        return f"{self.role} {self.branch_id}: {self.user_id}"


class Delegation(models.Model):
    """A person acts for another for some days; the signature then shows 代."""

    delegator = models.ForeignKey(User, models.CASCADE, related_name="delegations_given")
    delegate = models.ForeignKey(User, models.CASCADE, related_name="delegations_held")
    from_on = models.DateField(_("from"))
    to_on = models.DateField(_("to"))
    reason = models.CharField(_("reason"), max_length=200)
    revoked_on = models.DateField(_("revoked on"), null=True, blank=True)

    class Meta:
        verbose_name = _("delegation")
        verbose_name_plural = _("delegations")
        constraints = [
            models.CheckConstraint(condition=Q(to_on__gte=F("from_on")), name="delegation_range_ordered"),
            models.CheckConstraint(condition=~Q(delegate=F("delegator")), name="delegation_two_persons"),
        ]

    def __str__(self) -> str:
        return f"{self.delegator_id} -> {self.delegate_id}"


class ApiClient(models.Model):
    """Another system of the bank that reads, and seldom writes, by the API.

    Its token is shown once; the row keeps the digest and the first characters to know it by. It is a reader
    beside ``User``: it sees its branch with everything below, holds no role, and does what its scopes say.
    """

    name = models.CharField(_("name"), max_length=80)
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", verbose_name=_("branch"))
    scopes = models.JSONField(_("scopes"), default=list)
    digest = models.CharField(max_length=64, help_text="SHA-256 of the token.")
    hint = models.CharField(_("token begins with"), max_length=12)
    rate_per_minute = models.PositiveIntegerField(_("requests per minute"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"))
    created_by = models.CharField(_("created by"), max_length=120)
    expires_at = models.DateTimeField(_("expires"))
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    revoked_by = models.CharField(_("revoked by"), max_length=120, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)

    is_system: ClassVar[bool] = True
    is_authenticated: ClassVar[bool] = True
    roles: ClassVar[frozenset[str]] = frozenset()

    class Meta:
        verbose_name = _("API client")
        verbose_name_plural = _("API clients")
        constraints = [
            models.UniqueConstraint(fields=["digest"], name="api_client_digest_once"),
            models.UniqueConstraint(
                fields=["name"], condition=Q(revoked_at__isnull=True), name="api_client_name_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.employee_no})"

    @property
    def employee_no(self) -> str:
        """What stands for it where people have their number: audit, deliveries, jobs."""
        return f"{API_PREFIX}{self.pk}"

    @property
    def is_active(self) -> bool:
        return self.revoked_at is None

    @property
    def last_day(self) -> dt.date:
        """The last day on which the token holds."""
        return local_date(self.expires_at - dt.timedelta(seconds=1))

    def has_role(self, *roles: str) -> bool:
        """Never: what a system may do is said by ``may``."""
        return False

    def may(self, scope: str) -> bool:
        return self.is_active and scope in self.scopes
