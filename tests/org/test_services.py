"""Branch paths, answering persons, people and deputies."""

import datetime as dt

import pytest

from core.errors import ApplicationError, PermissionRefused
from core.models import AuditEvent
from org import services
from org.enums import BranchLevel, Role
from org.models import Branch, Delegation, RoleHolder, User
from tests.cast import build_person

DAY = dt.date(2026, 6, 1)


def holder(role: str, branch: str) -> tuple[str, bool] | None:
    row = RoleHolder.objects.filter(role=role, branch__branch_no=branch).select_related("user").first()
    return (row.user.employee_no, row.is_substitute) if row else None


def test_paths_follow_the_tree(cast):
    paths = dict(Branch.objects.values_list("branch_no", "path"))
    assert paths["S01"] == "/H0/B1/S01/"
    assert paths["H0"] == "/H0/"


def test_paths_after_a_move_change_for_the_whole_subtree(cast):
    Branch.objects.filter(branch_no="B1").update(parent=cast.branches["B2"])
    assert services.rebuild_paths() == 3
    assert Branch.objects.get(branch_no="S02").path == "/H0/B2/B1/S02/"


def test_branches_above_themselves_are_refused(cast):
    Branch.objects.filter(branch_no="B1").update(parent=cast.branches["S01"])
    with pytest.raises(ApplicationError) as refusal:
        services.rebuild_paths()
    assert refusal.value.details["branches"] == ["B1", "S01", "S02"]


@pytest.mark.parametrize(
    ("role", "branch", "expected"),
    [
        (Role.SUPERVISOR, "S01", ("E003", False)),  # in the branch
        (Role.DEPARTMENT_HEAD, "S02", ("E004", False)),  # nearest above
        (Role.RISK_MANAGER, "S03", ("E006", False)),  # two levels above
        (Role.POST_LOAN_OFFICER, "S01", ("E003", True)),  # nobody: the supervisor
        (Role.POST_LOAN_OFFICER, "S03", None),  # no supervisor either
    ],
)
def test_a_role_is_answered_for_by_the_nearest_holder(cast, role, branch, expected):
    assert holder(role, branch) == expected


def test_of_several_holders_the_lowest_employee_number_answers(cast):
    build_person("E000", cast.branches["S01"], Role.SUPERVISOR)
    assert services.rebuild_role_holders() > 0
    assert holder(Role.SUPERVISOR, "S01") == ("E000", False)


def test_a_leaver_answers_for_nothing(cast):
    services.disable_user(cast.supervisor_a, actor=cast.admin, business_date=DAY)
    assert holder(Role.SUPERVISOR, "S01") is None
    assert User.objects.get(employee_no="E003").left_on == DAY


def test_a_second_rebuild_writes_nothing(cast):
    assert services.rebuild_role_holders() == 0


def test_500_branches_are_rebuilt_in_a_few_statements(db, django_assert_max_num_queries):
    root = Branch.objects.create(branch_no="H", name="H", level=BranchLevel.HEAD_OFFICE)
    Branch.objects.bulk_create(
        [Branch(branch_no=f"B{n}", name="B", level=BranchLevel.BRANCH, parent=root) for n in range(500)]
    )
    services.rebuild_paths()
    for role in Role.values:
        build_person(f"E-{role}", root, role)
    with django_assert_max_num_queries(40):
        assert services.rebuild_role_holders() == 501 * len(Role.values)
    with django_assert_max_num_queries(6):
        assert services.rebuild_role_holders() == 0


def test_a_new_user_is_audited_and_cannot_log_in_without_a_password(cast):
    user = services.create_user(
        actor=cast.admin, employee_no="N1", name="New", branch=cast.branches["S01"], roles=[Role.COLLECTOR]
    )
    assert not user.has_usable_password()
    event = AuditEvent.objects.get(action="user.created", subject_no="N1")
    assert event.after["roles"] == ["collector"]
    assert holder(Role.COLLECTOR, "S01") == ("N1", False)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"employee_no": "E001"}, "employee_exists"),
        ({"employee_no": "N1", "roles": ["emperor"]}, "unknown_role"),
    ],
)
def test_a_bad_new_user_is_refused(cast, fields, code):
    with pytest.raises(ApplicationError) as refusal:
        services.create_user(**{"actor": cast.admin, "name": "X", "branch": None, **fields})
    assert refusal.value.code == code


def test_only_an_administrator_changes_people(cast):
    with pytest.raises(PermissionRefused):
        services.set_roles(cast.rm_a, [Role.BRANCH_MANAGER], actor=cast.manager_b1)


def test_roles_are_replaced(cast):
    services.set_roles(cast.rm_a, [Role.POST_LOAN_OFFICER], actor=cast.admin)
    assert holder(Role.POST_LOAN_OFFICER, "S01") == ("E001", False)
    assert set(User.objects.get(pk=cast.rm_a.pk).roles) == {Role.POST_LOAN_OFFICER}


def test_nobody_closes_the_own_account(cast):
    with pytest.raises(ApplicationError) as refusal:
        services.disable_user(cast.admin, actor=cast.admin, business_date=DAY)
    assert refusal.value.code == "own_account"


def give(cast, **changes):
    fields = {
        "actor": cast.head_b1,
        "delegator": cast.head_b1,
        "deputy": cast.manager_b1,
        "from_on": DAY,
        "to_on": DAY + dt.timedelta(days=3),
        "reason": "On leave",
        "business_date": DAY,
    }
    return services.delegate(**{**fields, **changes})


def test_a_deputy_is_named_and_withdrawn(cast):
    delegation = give(cast)
    services.revoke_delegation(delegation, actor=cast.head_b1, business_date=DAY)
    with pytest.raises(ApplicationError):
        services.revoke_delegation(delegation, actor=cast.head_b1, business_date=DAY)
    assert Delegation.objects.get().revoked_on == DAY


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"to_on": DAY - dt.timedelta(days=1)}, "delegation_range"),
        ({"reason": " "}, "delegation_reason"),
    ],
)
def test_a_bad_delegation_is_refused(cast, change, code):
    with pytest.raises(ApplicationError) as refusal:
        give(cast, **change)
    assert refusal.value.code == code


def test_nobody_names_somebody_elses_deputy(cast):
    with pytest.raises(PermissionRefused):
        give(cast, actor=cast.rm_a)
