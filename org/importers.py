"""Staff of a delivery: the roles that a person holds (the rows themselves are merged set-based)."""

from collections.abc import Collection, Mapping

from org.models import RoleAssignment, User

BATCH = 1000


def assign_roles(roles: Mapping[str, Collection[str]]) -> int:
    """Give each employee number exactly these roles; returns how many assignments came or went."""
    people = dict(User.objects.values_list("employee_no", "pk"))
    wanted = {(people[no], role) for no, held in roles.items() for role in held if role}
    concerned = {people[no] for no in roles}
    existing = {
        (user, role): pk
        for pk, user, role in RoleAssignment.objects.values_list("pk", "user", "role")
        if user in concerned
    }
    gone = [pk for key, pk in existing.items() if key not in wanted]
    for start in range(0, len(gone), BATCH):
        RoleAssignment.objects.filter(pk__in=gone[start : start + BATCH]).delete()
    new = sorted(wanted - existing.keys())
    RoleAssignment.objects.bulk_create(
        [RoleAssignment(user_id=user, role=role) for user, role in new], batch_size=BATCH
    )
    return len(gone) + len(new)
