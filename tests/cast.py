"""The standing cast: who is refused what is tested with the same people everywhere."""

from dataclasses import dataclass

from org.enums import BranchLevel, Role
from org.models import Branch, RoleAssignment, User
from org.services import rebuild_paths, rebuild_role_holders

# number: (name, level, number of the branch above)
BRANCHES = {
    "H0": ("Head Office", BranchLevel.HEAD_OFFICE, None),
    "B1": ("North Branch", BranchLevel.BRANCH, "H0"),
    "B2": ("South Branch", BranchLevel.BRANCH, "H0"),
    "S01": ("First Sub-branch", BranchLevel.SUB_BRANCH, "B1"),
    "S02": ("Second Sub-branch", BranchLevel.SUB_BRANCH, "B1"),
    "S03": ("Third Sub-branch", BranchLevel.SUB_BRANCH, "B2"),
}

# attribute: (employee number, branch, roles)
PEOPLE: dict[str, tuple[str, str, tuple[Role, ...]]] = {
    "rm_a": ("E001", "S01", (Role.RELATIONSHIP_MANAGER,)),
    "rm_b": ("E002", "S03", (Role.RELATIONSHIP_MANAGER,)),
    "supervisor_a": ("E003", "S01", (Role.SUPERVISOR,)),
    "head_b1": ("E004", "B1", (Role.DEPARTMENT_HEAD,)),
    "manager_b1": ("E005", "B1", (Role.BRANCH_MANAGER,)),
    "risk": ("E006", "H0", (Role.RISK_MANAGER,)),
    "auditor": ("E007", "H0", (Role.AUDITOR,)),
    "admin": ("E008", "H0", (Role.SYSTEM_ADMIN,)),
    "outsider": ("E009", "S02", ()),
}


@dataclass
class Cast:
    """People by what they are for; branches by number."""

    branches: dict[str, Branch]
    rm_a: User
    rm_b: User
    supervisor_a: User
    head_b1: User
    manager_b1: User
    risk: User
    auditor: User
    admin: User
    outsider: User

    def people(self) -> dict[str, User]:
        return {name: getattr(self, name) for name in PEOPLE}


def build_branches() -> dict[str, Branch]:
    """The branch tree H0 > B1 > (S01, S02), H0 > B2 > S03."""
    branches: dict[str, Branch] = {}
    for number, (name, level, above) in BRANCHES.items():
        parent = branches[above] if above else None
        branches[number] = Branch.objects.create(branch_no=number, name=name, level=level, parent=parent)
    rebuild_paths()
    return {branch.branch_no: branch for branch in Branch.objects.all()}


def build_person(employee_no: str, branch: Branch | None, *roles: str, name: str = "") -> User:
    """A person without a password (``client.force_login`` lets them in)."""
    user = User(employee_no=employee_no, name=name or f"Person {employee_no}", branch=branch)
    user.set_unusable_password()
    user.save()
    RoleAssignment.objects.bulk_create([RoleAssignment(user=user, role=role) for role in roles])
    return user


def build_cast() -> Cast:
    branches = build_branches()
    people = {
        attribute: build_person(number, branches[branch], *roles)
        for attribute, (number, branch, roles) in PEOPLE.items()
    }
    rebuild_role_holders()
    return Cast(branches=branches, **people)
