"""The back office: who enters, what may be changed, and the trace it leaves."""

import datetime as dt

import pytest
from django.contrib import admin
from django.urls import reverse

from approvals.models import Request
from core.enums import PublicationState
from core.models import AuditEvent, BusinessDate, Parameter
from duties.models import DutyRule
from org.enums import Role
from org.models import Branch, RoleHolder, User

DAY = dt.date(2026, 6, 1)

# The back office holds reference data and the machinery, never customers or records.
REGISTERED = {
    "core.businessday",
    "core.parameter",
    "org.branch",
    "org.user",
    "org.delegation",
    "duties.dutyrule",
    "approvals.route",
    "loans.floorrule",
}
MACHINERY = {"django_celery_beat", "axes"}


@pytest.fixture
def office(cast, client):
    BusinessDate.objects.create(current=DAY, started_on=DAY)
    client.force_login(cast.admin)
    return client


def url(name: str, *args: object) -> str:
    return reverse(f"admin:{name}", args=args)


def test_only_reference_data_is_registered():
    labels = {model._meta.label_lower for model in admin.site._registry}
    assert {label for label in labels if label.split(".")[0] not in MACHINERY} <= REGISTERED


@pytest.mark.parametrize("who", ["rm_a", "supervisor_a", "manager_b1", "risk", "auditor", "outsider"])
def test_others_do_not_enter(cast, client, who):
    client.force_login(cast.people()[who])
    for model in admin.site._registry:
        name = f"{model._meta.app_label}_{model._meta.model_name}_changelist"
        assert client.get(url(name)).status_code in (302, 403)


def test_an_administrator_opens_every_list(office):
    assert office.get(url("index")).status_code == 200
    for model in admin.site._registry:
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        assert office.get(url(f"{name}_changelist")).status_code == 200


def user_form(user: User, roles: list[tuple[int | str, str]], **changes):
    data = {
        "name": user.name,
        "email": "",
        "branch": user.branch_id,
        "language": "",
        "is_active": "on",
        "left_on": "",
        "role_assignments-TOTAL_FORMS": len(roles),
        "role_assignments-INITIAL_FORMS": sum(1 for pk, _ in roles if pk),
    }
    for place, (pk, role) in enumerate(roles):
        data |= {
            f"role_assignments-{place}-id": pk,
            f"role_assignments-{place}-user": user.pk,
            f"role_assignments-{place}-role": role,
        }
    return {**data, **changes}


def test_a_new_role_answers_at_once_and_is_audited(cast, office):
    user = cast.outsider
    response = office.post(
        url("org_user_change", user.pk), user_form(user, [("", Role.POST_LOAN_OFFICER)], name="Renamed")
    )
    assert response.status_code == 302
    assert RoleHolder.objects.get(role=Role.POST_LOAN_OFFICER, branch__branch_no="S02").user == user
    event = AuditEvent.objects.get(action="user.changed")
    assert (event.actor_no, event.subject_no) == ("E008", "E009")
    assert event.after == {"name": "Renamed", "roles": ["post_loan_officer"]}


def test_nobody_gives_roles_to_themselves(cast, office):
    office.post(url("org_user_change", cast.admin.pk), user_form(cast.admin, [("", Role.BRANCH_MANAGER)]))
    assert set(User.objects.get(pk=cast.admin.pk).roles) == {Role.SYSTEM_ADMIN}


def test_a_new_person_is_made_and_gets_a_password_later(cast, office):
    data = {
        "employee_no": "N1",
        "name": "New",
        "branch": cast.branches["S01"].pk,
        "email": "",
        "usable_password": "false",
        "role_assignments-TOTAL_FORMS": 0,
        "role_assignments-INITIAL_FORMS": 0,
    }
    assert office.post(url("org_user_add"), data).status_code == 302
    user = User.objects.get(employee_no="N1")
    assert not user.has_usable_password()
    new = {"password1": "a-long-pass-phrase-9", "password2": "a-long-pass-phrase-9"}
    assert office.post(url("auth_user_password_change", user.pk), new).status_code == 302
    assert User.objects.get(employee_no="N1").check_password("a-long-pass-phrase-9")
    actions = list(AuditEvent.objects.filter(subject_no="N1").values_list("action", flat=True))
    assert actions == ["user.created", "user.password_changed"]


def test_people_and_branches_are_never_deleted(cast, office):
    assert office.post(url("org_user_delete", cast.rm_a.pk), {"post": "yes"}).status_code == 403
    assert office.post(url("org_branch_delete", cast.branches["S01"].pk), {"post": "yes"}).status_code == 403


def test_a_moved_branch_takes_its_subtree_along(cast, office):
    data = {"name": "North Branch", "level": "branch", "parent": cast.branches["B2"].pk}
    assert office.post(url("org_branch_change", cast.branches["B1"].pk), data).status_code == 302
    assert Branch.objects.get(branch_no="S01").path == "/H0/B2/B1/S01/"
    assert AuditEvent.objects.filter(action="branch.changed", subject_no="B1").exists()


def test_a_branch_below_itself_is_refused_beside_the_field(cast, office):
    data = {"name": "North Branch", "level": "branch", "parent": cast.branches["S01"].pk}
    response = office.post(url("org_branch_change", cast.branches["B1"].pk), data)
    assert response.status_code == 200
    assert response.context["adminform"].form.errors["parent"]


def test_the_calendar_is_only_read(office):
    assert office.get(url("core_businessday_add")).status_code == 403
    page = office.post(url("core_businessday_change", DAY.isoformat()), {"is_workday": ""})
    assert page.status_code == 403


def test_a_published_rule_is_not_edited_but_drafted_anew(cast, office):
    rule = DutyRule.objects.get(code="LOG_ENTRY")
    assert office.post(url("duties_dutyrule_change", rule.pk), {"offset": 9}).status_code == 403
    changelist = url("duties_dutyrule_changelist")
    office.post(changelist, {"action": "draft_change", "_selected_action": [rule.pk]})
    draft = DutyRule.objects.get(code="LOG_ENTRY", state=PublicationState.DRAFT)
    assert (draft.effective_from, draft.offset, draft.proposed_by) == (DAY, 2, str(cast.admin))
    office.post(changelist, {"action": "submit_for_publication", "_selected_action": [draft.pk]})
    assert Request.objects.get().subject_no == str(draft.pk)


def test_a_parameter_is_drafted_from_the_catalogue(cast, office):
    from core.parameters import catalogue

    name, spec = next(iter(catalogue().items()))
    data = {"name": name, "value": "nonsense", "effective_from": DAY.isoformat(), "reason": ""}
    response = office.post(url("core_parameter_add"), data)
    assert response.context["adminform"].form.errors["value"]
    office.post(url("core_parameter_add"), {**data, "value": spec.allowed[-1]})
    assert Parameter.objects.get().state == PublicationState.DRAFT


def test_a_route_is_copied_with_its_steps(cast, office):
    from approvals.models import Route

    route = Route.objects.get(kind="DUTY_WAIVER")
    office.post(url("approvals_route_changelist"), {"action": "draft_change", "_selected_action": [route.pk]})
    draft = Route.objects.get(state=PublicationState.DRAFT)
    assert [step.role for step in draft.steps.all()] == [step.role for step in route.steps.all()]
