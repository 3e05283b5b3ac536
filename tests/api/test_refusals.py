"""What the API refuses, and that every refusal has the same shape."""

import datetime as dt

import pytest
from django.core.cache import cache
from django.test import Client, override_settings

from core import clock
from core.api.resources import Resource
from core.paging import Order
from loans.models import Borrower
from org.models import ApiClient
from org.services import revoke_client
from postloan.api.urls import RESOURCES
from tests.api.conftest import TODAY, caller

pytestmark = pytest.mark.django_db

SHAPE = {"type", "title", "status", "detail", "code", "errors", "instance", "request_id"}


def refused(response, status: int, code: str) -> dict:
    """The problem, after its shape was checked."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    body = response.json()
    assert set(body) == SHAPE
    assert (body["status"], body["code"]) == (status, code)
    return body


# --- tokens ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.name)
def test_every_address_asks_for_a_token(client, db, resource):
    path = resource.address.replace("<str:loan_no>", "L-A")
    response = client.get(f"/api/v1/{path}")
    refused(response, 401, "not_authenticated")
    assert response["WWW-Authenticate"] == 'Bearer realm="api"'


@pytest.mark.parametrize("header", ["Bearer", "Bearer a b", "Bearer plk_wrong", "Bearer " + "x" * 300])
def test_a_token_that_nobody_has(client, header):
    refused(client.get("/api/v1/loans/", headers={"Authorization": header}), 401, "bad_token")


def test_a_token_with_other_bytes_than_text(client):
    refused(client.get("/api/v1/loans/", HTTP_AUTHORIZATION="Bearer \xff\xfe"), 401, "bad_token")


def test_a_revoked_token_ends_at_once(book, make_client, security):
    client, token = make_client()
    ask = caller(token)
    assert ask("loans/").status_code == 200
    revoke_client(client, actor=security, business_date=TODAY)
    refused(ask("loans/"), 401, "token_revoked")


def test_an_expired_token(book, make_client):
    client, token = make_client()
    ApiClient.objects.filter(pk=client.pk).update(expires_at=clock.now())
    refused(caller(token)("loans/"), 401, "token_expired")


def test_a_token_holds_on_its_last_day(book, make_client):
    today = clock.today()
    client, token = make_client(expires_on=today)
    assert client.last_day == today
    assert client.expires_at - clock.now() <= dt.timedelta(days=1)
    assert caller(token)("loans/").status_code == 200


# --- scopes ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.name)
def test_every_address_needs_its_scope(book, call, resource):
    other = "operation:read" if resource.scope != "operation:read" else "portfolio:read"
    path = resource.address.replace("<str:loan_no>", "L-A1")
    body = refused(call("H0", other)(path), 403, "scope_missing")
    assert resource.scope in body["detail"]
    assert call("H0", resource.scope)(path).status_code == 200


def test_whoever_uploads_sees_the_own_deliveries(book, call):
    assert call("B1", "deliveries:write")("imports/").status_code == 200


# --- parameters ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("page_size=0", ["page_size"]),
        ("page_size=501", ["page_size"]),
        ("page_size=%EF%BC%91", ["page_size"]),
        ("page_size=99999999999999999999", ["page_size"]),
        ("cursor=nonsense", ["cursor"]),
        ("cursor=W10", ["cursor"]),
        ("cursor=WyJhIiwgIngiXQ", ["cursor"]),
        ("fields=loan_no,nope", ["fields"]),
        ("fields=,", ["fields"]),
        ("clas=doubtful", ["clas"]),
        ("matures_to=&updated_since=", ["matures_to", "updated_since"]),
        ("cls=nope", ["cls"]),
        ("branch=B9", ["branch"]),
        ("matures_to=2026-02-30", ["matures_to"]),
        ("q=" + "x" * 61, ["q"]),
        ("updated_since=yesterday", ["updated_since"]),
        ("updated_since=0001-01-01T00:00:00%2B14:00", ["updated_since"]),
        ("updated_since=2026-13-01", ["updated_since"]),
    ],
)
def test_a_parameter_that_makes_no_sense(book, call, query, names):
    response = call()(f"loans/?{query}")
    assert response.status_code == 400, response.content
    body = refused(response, 400, response.json()["code"])
    assert sorted(body["errors"]) == names
    assert all(body["errors"][name] for name in names)


def test_a_cursor_with_a_number_beyond_all_rows_is_an_empty_page(book, call):
    from core.api.paging import Cursor

    for number in ("9" * 30, "-1"):
        assert call()(f"loans/?cursor={Cursor([number])}").status_code == 200


@pytest.mark.parametrize("path", ["loans/?q=%00", "loans/?%00=1", "loans/?cursor=%00"])
def test_a_nul_is_refused(book, call, path):
    refused(call()(path), 400, "bad_request")


@pytest.mark.parametrize(
    "path",
    [
        "loans/L-%00/",
        "duties/abc/",
        "duties/99999999999999999999999999/",
        "duties/-1/",
        "imports/%E4%B8%80/",
        "daily-runs/2026-02-30/",
        "daily-runs/x/",
        "loans/%FF%FE/",
        "loans/" + "9" * 3000 + "/",
        "loans",
        "nothing/at/all/",
    ],
)
def test_what_is_not_there(book, call, path):
    refused(call()(path), 404, "not_found")


@pytest.mark.parametrize("path", ["/api/", "/api/v2/loans/", "/api/v1/", "/api/x%00", "/api/v1/loans/x%00/"])
@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_unknown_addresses_are_problems_for_everybody(client, db, path, method):
    refused(getattr(client, method)(path), 404, "not_found")


def test_elsewhere_an_unknown_address_is_a_page(client, db):
    response = client.get("/nothing/")
    assert (response.status_code, response["Content-Type"].split(";")[0]) == (404, "text/html")


# --- methods and forms -----------------------------------------------------------------------------
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
def test_only_reading(book, call, method):
    response = call()("loans/", method)
    refused(response, 405, "method_not_allowed")
    assert response["Allow"] == "GET, HEAD"


def test_only_json_is_answered(book, call):
    refused(call()("loans/", headers={"Accept": "text/csv"}), 406, "not_acceptable")


def test_another_form_of_upload(book, call):
    response = call()("imports/", "post", data="{}", content_type="application/json")
    refused(response, 415, "unsupported_media_type")


def test_a_multipart_body_that_is_none(book, call):
    response = call()("imports/", "post", data=b"x", content_type="multipart/form-data; boundary=")
    refused(response, 400, "parse_error")


def test_a_body_with_too_many_fields(book, call):
    response = call()("imports/", "post", data={f"f{n}": "1" for n in range(1100)})
    refused(response, 400, "bad_request")


def test_a_host_that_is_not_ours(book, client):
    refused(client.get("/api/v1/loans/", HTTP_HOST="evil.example"), 400, "bad_request")


# --- limits -----------------------------------------------------------------------------------------
def test_every_answer_says_what_is_left(book, call):
    ask = call(rate_per_minute=3)
    left = [ask(path)["X-RateLimit-Remaining"] for path in ("loans/", "nowhere/", "loans/X/")[::2]]
    assert left == ["2", "1"]


def test_one_request_too_many(book, call):
    ask = call(rate_per_minute=2)
    assert [ask("loans/").status_code for _ in range(2)] == [200, 200]
    response = ask("loans/")
    refused(response, 429, "throttled")
    assert response["X-RateLimit-Remaining"] == "0"
    assert 0 < int(response["Retry-After"]) <= 60
    assert call()("loans/").status_code == 200  # somebody else has turns of their own


@override_settings(API_RATE_PER_MINUTE=1)
def test_the_common_limit_holds_for_people_too(cast, book, client):
    client.force_login(cast.rm_a)
    assert [client.get("/api/v1/loans/").status_code for _ in range(2)] == [200, 429]


@override_settings(
    CACHES={
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }
)
def test_without_a_cache_nobody_is_stopped(book, call):
    assert call()("loans/").status_code == 200


# --- the unforeseen ---------------------------------------------------------------------------------
def test_a_fault_of_ours_is_a_problem_without_a_trace(book, call, monkeypatch, caplog):
    monkeypatch.setattr(Resource, "order", Order("no_such_column"))
    body = refused(call()("groups/"), 500, "server_error")
    assert "no_such_column" not in str(body)
    assert "failed" in caplog.text


def test_nothing_of_the_body_is_read_before_the_permission_is_known(cast, book, client):
    client.force_login(cast.admin)
    refused(client.post("/api/v1/imports/", {"file": "x"}), 401, "not_authenticated")


def test_reading_by_the_session_needs_no_csrf_token(cast, book):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(cast.rm_a)
    assert browser.get("/api/v1/loans/").status_code == 200
    assert Borrower.objects.exists()


def test_the_count_begins_anew(book, call):
    ask = call(rate_per_minute=1)
    assert ask("loans/").status_code == 200
    cache.clear()  # as after the minute
    assert ask("loans/").status_code == 200
