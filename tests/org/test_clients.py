"""The page of the API clients: the security administrator alone makes and revokes tokens."""

import datetime as dt

import pytest
from django.urls import reverse

from core import clock
from core.errors import Conflict, PermissionRefused
from core.models import AuditEvent
from org.enums import Role
from org.models import ApiClient, User
from org.querysets import scope_of
from org.selectors import actor_named, actor_names
from org.services import create_client, revoke_client, token_digest
from tests.cast import build_person

pytestmark = pytest.mark.django_db

PAGE = reverse("org:clients")
DAY = dt.date(2026, 6, 1)
FAR = clock.today() + dt.timedelta(days=365)


@pytest.fixture
def security(cast, client) -> User:
    client.cookies["django_language"] = "en"
    person = build_person("E030", cast.branches["H0"], Role.SECURITY_ADMIN)
    client.force_login(person)
    return person


def typed(**changes):
    return {
        "name": "Core banking",
        "branch": "B1",
        "scopes": ["portfolio:read", "duties:read"],
        "expires_on": FAR.isoformat(),
        "rate_per_minute": "",
        **changes,
    }


def make(security, cast, **fields):
    values = {
        "name": "BI",
        "branch": cast.branches["B1"],
        "scopes": ["portfolio:read"],
        "expires_on": FAR,
        "business_date": DAY,
    }
    return create_client(actor=security, **{**values, **fields})


def test_a_token_is_shown_once_and_kept_as_a_digest(security, client):
    response = client.post(PAGE, typed())
    token = response.context["token"]
    assert token.startswith("plk_")
    assert token in response.content.decode()
    assert "no-store" in response["Cache-Control"]
    made = ApiClient.objects.get()
    assert (made.digest, made.hint) == (token_digest(token), token[:10])
    assert made.scopes == ["portfolio:read", "duties:read"]
    again = client.get(PAGE).content.decode()
    assert token not in again
    assert token[:10] in again
    event = AuditEvent.objects.get(action="api_client.created")
    assert (event.actor_no, event.subject_no) == ("E030", made.employee_no)
    assert token not in str(event.after)


def test_a_token_is_revoked_once(security, client):
    client.post(PAGE, typed())
    made = ApiClient.objects.get()
    for _press in range(2):
        response = client.post(reverse("org:revoke_client", args=[made.pk]))
        assert response["Location"] == PAGE
    made.refresh_from_db()
    assert (made.is_active, made.revoked_by) == (False, str(security))
    assert AuditEvent.objects.filter(action="api_client.revoked").count() == 1
    assert "revoked" in client.get(PAGE).content.decode()
    with pytest.raises(Conflict):
        revoke_client(made, actor=security, business_date=DAY)


def test_a_revoked_name_is_free_again(security, client):
    client.post(PAGE, typed())
    client.post(reverse("org:revoke_client", args=[ApiClient.objects.get().pk]))
    assert client.post(PAGE, typed()).status_code == 200
    assert ApiClient.objects.count() == 2


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x\x00"}, "name"),
        ({"branch": "B9"}, "branch"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["everything"]}, "scopes"),
        ({"expires_on": "2020-01-01"}, "expires_on"),
        ({"expires_on": "9999-12-31"}, "expires_on"),
        ({"rate_per_minute": "0"}, "rate_per_minute"),
        ({"rate_per_minute": "9" * 30}, "rate_per_minute"),
    ],
)
def test_what_is_wrong_stands_beside_the_field_and_what_was_typed_stays(security, client, change, field):
    response = client.post(PAGE, typed(**change))
    assert response.status_code == 422
    assert response.context["form"].errors[field]
    assert not ApiClient.objects.exists()
    if field != "name":
        assert 'value="Core banking"' in response.content.decode()


def test_a_taken_name_is_told(security, client):
    client.post(PAGE, typed())
    response = client.post(PAGE, typed())
    assert response.context["form"].errors["name"]
    assert ApiClient.objects.count() == 1


@pytest.mark.parametrize("who", ["admin", "auditor", "manager_b1", "rm_a"])
def test_nobody_else(cast, security, client, who):
    made, _token = make(security, cast)
    client.force_login(getattr(cast, who))
    assert client.get(PAGE).status_code == 403
    assert client.post(PAGE, typed()).status_code == 403
    assert client.post(reverse("org:revoke_client", args=[made.pk])).status_code == 403
    with pytest.raises(PermissionRefused):
        make(getattr(cast, who), cast, name="other")


def test_unknown_client(security, client):
    assert client.post(reverse("org:revoke_client", args=[2**40])).status_code == 404


@pytest.mark.parametrize("rows", [1, 30])
def test_page_takes_twelve_queries_at_most(cast, security, client, rows, django_assert_max_num_queries):
    for n in range(rows):
        make(security, cast, name=f"System {n}")
    client.get(PAGE)
    with django_assert_max_num_queries(12):
        response = client.get(PAGE)
    assert len(response.context["page"]) == rows


def test_page_marks_what_has_expired(cast, security, client):
    made, _token = make(security, cast)
    ApiClient.objects.filter(pk=made.pk).update(expires_at=clock.now())
    assert "expired" in client.get(PAGE).content.decode()


def test_a_system_reads_its_subtree_and_holds_no_role(cast, security):
    made, _token = make(security, cast)
    branches = {cast.branches[no].pk for no in ("B1", "S01", "S02")}
    scope = scope_of(made)
    assert (set(scope.branch_ids), scope.owner_id, scope.everything) == (branches, None, False)
    assert not made.has_role(*Role.values)
    whole, _token = make(security, cast, name="whole", branch=cast.branches["H0"])
    assert scope_of(whole).everything
    ApiClient.objects.filter(pk=whole.pk).update(revoked_at=clock.now())
    assert not scope_of(ApiClient.objects.get(pk=whole.pk)).everything


def test_people_and_systems_are_found_by_number(cast, security):
    made, _token = make(security, cast)
    assert actor_named(made.employee_no) == made
    assert actor_named("E001") == cast.rm_a
    assert [actor_named(number) for number in ("", "api-x", "api-", "nobody")] == [None] * 4
    names = actor_names({made.employee_no, "E001", "api-999", "gone"})
    assert names == {made.employee_no: "BI", "E001": "Person E001"}


def test_the_menu_leads_there(security, client):
    assert PAGE in client.get("/").content.decode()
