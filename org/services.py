"""Acts on branches, people and roles."""

import datetime as dt
import hashlib
import secrets
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core import audit, clock
from core.errors import ApplicationError, Conflict
from org.enums import ApiScope, Role
from org.models import ApiClient, Branch, Delegation, RoleAssignment, RoleHolder, User
from org.permissions import require_administration, require_clients, require_delegation

BATCH = 1000
MARK = "plk_"  # a scanner for leaked secrets knows the tokens by it
HINT = 10
LONGEST_LIFE = dt.timedelta(days=5 * 366)

Key = tuple[str, int]
Holder = tuple[int, bool]


@transaction.atomic
def rebuild_paths() -> int:
    """Renew the materialised paths after branches moved; returns how many changed.

    ApplicationError("branch_circle") when branches are each other's parents.
    """
    branches = list(Branch.objects.order_by())
    paths = _paths({branch.pk: branch for branch in branches})
    changed = [branch for branch in branches if branch.path != paths[branch.pk]]
    for branch in changed:
        branch.path = paths[branch.pk]
    Branch.objects.bulk_update(changed, ["path"], batch_size=BATCH)
    return len(changed)


def _paths(branches: Mapping[int, Branch]) -> dict[int, str]:
    children = defaultdict(list)
    for branch in branches.values():
        children[branch.parent_id].append(branch)
    paths: dict[int, str] = {}
    waiting = [(branch, "/") for branch in children[None]]
    while waiting:
        branch, above = waiting.pop()
        paths[branch.pk] = f"{above}{branch.branch_no}/"
        waiting += [(child, paths[branch.pk]) for child in children[branch.pk]]
    if circle := sorted(branches[pk].branch_no for pk in branches.keys() - paths.keys()):
        raise ApplicationError(
            "branch_circle",
            _("These branches are above themselves: %(branches)s.") % {"branches": ", ".join(circle[:10])},
            details={"branches": circle},
        )
    return paths


@transaction.atomic
def rebuild_role_holders() -> int:
    """Renew who answers for each role in each branch; returns how many rows changed.

    The holder in the branch, else in the nearest branch above; several: the lowest employee number; none:
    the supervisor stands in (contracts, section 3). Users without branch or no longer active hold nothing.
    """
    wanted = _role_holders()
    existing = {(row.role, row.branch_id): row for row in RoleHolder.objects.all()}
    gone = [row.pk for key, row in existing.items() if key not in wanted]
    changed = [
        RoleHolder(role=role, branch_id=branch, user_id=user, is_substitute=substitute)
        for (role, branch), (user, substitute) in wanted.items()
        if not _is_same(existing.get((role, branch)), user, substitute)
    ]
    RoleHolder.objects.filter(pk__in=gone).delete()
    RoleHolder.objects.bulk_create(
        changed,
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["role", "branch"],
        update_fields=["user", "is_substitute"],
    )
    return len(gone) + len(changed)


def _is_same(row: RoleHolder | None, user: int, substitute: bool) -> bool:
    return row is not None and (row.user_id, row.is_substitute) == (user, substitute)


def _role_holders() -> dict[Key, Holder]:
    own = _lowest_numbers()
    # A path sorts after the path of the branch above it, so the parent's holders are always known.
    branches = sorted(Branch.objects.values_list("path", "pk", "parent"))
    real: dict[Key, int] = {}
    for _path, pk, parent in branches:
        for role in Role.values:
            if user := own.get((role, pk)) or real.get((role, parent or 0)):
                real[role, pk] = user
    holders = {key: (user, False) for key, user in real.items()}
    for _path, pk, _parent in branches:
        if supervisor := real.get((Role.SUPERVISOR, pk)):
            for role in Role.values:
                holders.setdefault((role, pk), (supervisor, True))
    return holders


def _lowest_numbers() -> dict[Key, int]:
    """Of the active people with a role in a branch, the one with the lowest employee number."""
    held = RoleAssignment.objects.filter(user__is_active=True, user__branch__isnull=False)
    rows = held.values_list("user__employee_no", "role", "user__branch", "user")
    return {(role, branch): user for _no, role, branch, user in sorted(rows, reverse=True)}


@transaction.atomic
def create_user(
    *,
    actor: User,
    employee_no: str,
    name: str,
    branch: Branch | None,
    roles: Collection[str] = (),
    email: str = "",
    password: str | None = None,
    business_date: dt.date | None = None,
) -> User:
    """A new member of staff; without a password nobody can log in as them yet.

    ApplicationError("employee_exists") when the number is taken, ("unknown_role") for another role.
    """
    require_administration(actor)
    _known(roles)
    if User.objects.filter(employee_no=employee_no).exists():
        raise ApplicationError(
            "employee_exists",
            _("The employee number %(no)s is taken.") % {"no": employee_no},
            details={"employee_no": [_("Taken.")]},
        )
    user = User.objects.create_user(
        employee_no, password, name=name, branch=branch, email=email, roles=sorted(set(roles))
    )
    rebuild_role_holders()
    audit.record(
        "user.created",
        actor=actor,
        subject_type="user",
        subject_no=employee_no,
        after=_snapshot(user),
        business_date=business_date,
    )
    return user


@transaction.atomic
def set_roles(
    user: User, roles: Collection[str], *, actor: User, business_date: dt.date | None = None
) -> User:
    """Give a person exactly these roles, and bring the answering persons of the branches up to date."""
    require_administration(actor)
    _known(roles)
    before = _snapshot(user)
    user.role_assignments.exclude(role__in=roles).delete()
    RoleAssignment.objects.bulk_create(
        [RoleAssignment(user=user, role=role) for role in sorted(set(roles))], ignore_conflicts=True
    )
    return _changed(user, "user.roles_changed", before, actor, business_date)


@transaction.atomic
def disable_user(user: User, *, actor: User, business_date: dt.date) -> User:
    """Close a leaver's account the same day; running sessions end with the next request."""
    require_administration(actor)
    if user.pk == actor.pk:
        raise ApplicationError("own_account", _("Nobody closes their own account."))
    before = _snapshot(user)
    user.is_active, user.left_on = False, business_date
    user.save(update_fields=["is_active", "left_on"])
    return _changed(user, "user.disabled", before, actor, business_date)


def _changed(
    user: User, action: str, before: Mapping[str, Any], actor: User, business_date: dt.date | None
) -> User:
    user = User.objects.select_related("branch").get(pk=user.pk)
    rebuild_role_holders()
    audit.record(
        action,
        actor=actor,
        subject_type="user",
        subject_no=user.employee_no,
        before=before,
        after=_snapshot(user),
        business_date=business_date,
    )
    return user


def _known(roles: Iterable[str]) -> None:
    if unknown := sorted(set(roles) - set(Role.values)):
        raise ApplicationError("unknown_role", _("Unknown role: %(roles)s.") % {"roles": ", ".join(unknown)})


def _snapshot(user: User) -> dict[str, Any]:
    return {
        "name": user.name,
        "branch": user.branch.branch_no if user.branch else None,
        "roles": sorted(user.role_assignments.values_list("role", flat=True)),
        "active": user.is_active,
    }


@transaction.atomic
def delegate(
    *,
    actor: User,
    delegator: User,
    deputy: User,
    from_on: dt.date,
    to_on: dt.date,
    reason: str,
    business_date: dt.date,
) -> Delegation:
    """Let ``deputy`` act for ``delegator`` from one date to another (both included).

    Given by the person or by an administrator. ApplicationError("delegation_range") for dates in the
    wrong order or wholly in the past, ("delegation_self") for oneself, ("delegation_reason") without one.
    """
    require_delegation(actor, delegator)
    _check_delegation(delegator, deputy, from_on, to_on, reason, business_date)
    delegation = Delegation.objects.create(
        delegator=delegator, delegate=deputy, from_on=from_on, to_on=to_on, reason=reason.strip()
    )
    _audit_delegation("delegation.given", delegation, actor, business_date)
    return delegation


def _check_delegation(
    delegator: User, deputy: User, from_on: dt.date, to_on: dt.date, reason: str, business_date: dt.date
) -> None:
    if delegator.pk == deputy.pk or not deputy.is_active:
        raise ApplicationError("delegation_self", _("Choose another active person as deputy."))
    if to_on < from_on or to_on < business_date:
        raise ApplicationError("delegation_range", _("The last day lies before the first, or in the past."))
    if not reason.strip():
        raise ApplicationError("delegation_reason", _("Say why."))


@transaction.atomic
def revoke_delegation(delegation: Delegation, *, actor: User, business_date: dt.date) -> Delegation:
    """End a delegation from the business date on; what was signed under it stays."""
    require_delegation(actor, delegation.delegator)
    standing = Delegation.objects.filter(pk=delegation.pk, revoked_on__isnull=True)
    if not standing.update(revoked_on=business_date):
        raise ApplicationError("delegation_revoked", _("This delegation has been revoked already."))
    delegation.revoked_on = business_date
    _audit_delegation("delegation.revoked", delegation, actor, business_date)
    return delegation


def _audit_delegation(action: str, delegation: Delegation, actor: User, business_date: dt.date) -> None:
    audit.record(
        action,
        actor=actor,
        subject_type="user",
        subject_no=delegation.delegator.employee_no,
        after={
            "deputy": delegation.delegate.employee_no,
            "from": delegation.from_on,
            "to": delegation.to_on,
            "reason": delegation.reason,
        },
        business_date=business_date,
    )


@transaction.atomic
def note_password_change(user: Any, *, actor: Any = None) -> None:
    """Leave a trace that a password was changed, by its owner or by an administrator."""
    audit.record(
        "user.password_changed", actor=actor or user, subject_type="user", subject_no=user.employee_no
    )


def keep_language(user: User, code: str) -> None:
    """The language that a person reads in; messages to them are written in it."""
    User.objects.filter(pk=user.pk).update(language=code)


# --- other systems ------------------------------------------------------------------------------
def token_digest(token: str) -> str:
    """What is kept of a token. It is random and long, so that one plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def create_client(
    *,
    actor: User,
    name: str,
    branch: Branch,
    scopes: Collection[str],
    expires_on: dt.date,
    business_date: dt.date,
    rate_per_minute: int | None = None,
) -> tuple[ApiClient, str]:
    """A new API client and its token, which nobody can read again.

    The token holds until the end of ``expires_on``. ApplicationError with the field's name in the details
    for a taken name, an unknown scope or none, and a day that has passed or lies years ahead.
    """
    require_clients(actor)
    _check_client(name, scopes, expires_on)
    token = f"{MARK}{secrets.token_urlsafe(32)}"
    client = ApiClient.objects.create(
        name=name,
        branch=branch,
        scopes=[scope for scope in ApiScope.values if scope in scopes],
        digest=token_digest(token),
        hint=token[:HINT],
        rate_per_minute=rate_per_minute,
        created_at=clock.now(),
        created_by=str(actor),
        expires_at=dt.datetime.combine(expires_on + dt.timedelta(days=1), dt.time.min, tzinfo=clock.SHANGHAI),
    )
    after = {
        "name": name,
        "branch": branch.branch_no,
        "scopes": client.scopes,
        "expires_on": expires_on,
        "token_begins_with": client.hint,
        "requests_per_minute": rate_per_minute,
    }
    _audit_client("api_client.created", client, actor, business_date, after)
    return client, token


def _check_client(name: str, scopes: Collection[str], expires_on: dt.date) -> None:
    if ApiClient.objects.filter(name=name, revoked_at__isnull=True).exists():
        message = _("A client of this name exists; revoke it first.")
        raise ApplicationError("client_exists", message, details={"name": [message]})
    if not scopes or set(scopes) - set(ApiScope.values):
        message = _("Choose at least one of the scopes.")
        raise ApplicationError("client_scopes", message, details={"scopes": [message]})
    first, last = clock.today(), clock.today() + LONGEST_LIFE
    if not first <= expires_on <= last:
        message = _("A day from %(first)s to %(last)s is expected.") % {"first": first, "last": last}
        raise ApplicationError("client_expiry", message, details={"expires_on": [message]})


@transaction.atomic
def revoke_client(client: ApiClient, *, actor: User, business_date: dt.date) -> ApiClient:
    """End a client's token at once; Conflict when that was done already."""
    require_clients(actor)
    standing = ApiClient.objects.filter(pk=client.pk, revoked_at__isnull=True)
    if not standing.update(revoked_at=clock.now(), revoked_by=str(actor)):
        raise Conflict("client_revoked", _("This client has been revoked already."))
    client.refresh_from_db()
    _audit_client("api_client.revoked", client, actor, business_date, {"name": client.name})
    return client


def _audit_client(
    action: str, client: ApiClient, actor: User, business_date: dt.date, after: Mapping[str, Any]
) -> None:
    audit.record(
        action,
        actor=actor,
        subject_type="api_client",
        subject_no=client.employee_no,
        after=after,
        business_date=business_date,
    )


def note_client_use(client: ApiClient) -> None:
    """Keep when a client was last heard of, to the minute, so that reading seldom writes."""
    now = clock.now()
    if client.last_used_at is None or now - client.last_used_at > dt.timedelta(minutes=1):
        ApiClient.objects.filter(pk=client.pk).update(last_used_at=now)
