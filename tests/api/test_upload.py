"""Another system uploads a delivery, follows it, and may send it again."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from core import clock
from core.models import AuditEvent, IdempotentRequest, Job
from loans.enums import DeliveryState
from loans.models import Delivery, Loan
from tests.api.test_refusals import refused
from tests.builders import build_delivery
from tests.loans.conftest import bad, good  # noqa: F401 - fixtures
from tests.loans.importing import work_off

pytestmark = pytest.mark.django_db

NAME = "core-2026-03-31.zip"


def upload(ask, content: bytes, *, key: str = "", name: str = NAME, **fields):
    headers = {"Idempotency-Key": key} if key else {}
    data = {"file": SimpleUploadedFile(name, content), **fields}
    return ask("imports/", "post", data=data, headers=headers)


def follow(ask, response):
    return ask(response["Location"].removeprefix("http://testserver/api/v1/"))


def test_a_delivery_is_taken_in_and_followed(cast, call, good):  # noqa: F811
    ask = call("H0", "deliveries:write")
    response = upload(ask, good)
    assert response.status_code == 202, response.content
    assert response.json()["state"] == "received"
    waiting = follow(ask, response).json()
    assert (waiting["under_way"], waiting["files"]) == (True, [])
    work_off()
    done = follow(ask, response).json()
    assert (done["state"], done["under_way"], done["complete"]) == ("applied", False, True)
    assert {"name": "loans.csv", "read": 4, "created": 4}.items() <= next(
        file.items() for file in done["files"] if file["name"] == "loans.csv"
    )
    assert Loan.objects.count() == 4


def test_the_system_stands_in_the_trail(cast, make_client, good):  # noqa: F811
    from tests.api.conftest import caller

    client, token = make_client("H0", "deliveries:write", name="Core banking")
    upload(caller(token), good)
    work_off()
    events = AuditEvent.objects.filter(subject_type="delivery").order_by("pk")
    assert [(event.action, event.actor_no, event.actor_name, event.actor_branch) for event in events] == [
        ("delivery.received", client.employee_no, "Core banking", "H0"),
        ("delivery.applied", client.employee_no, "Core banking", "H0"),
    ]


def test_rejects_are_told_to_whoever_delivered(cast, call, bad):  # noqa: F811
    ask = call("H0", "deliveries:write")
    response = upload(ask, bad)
    work_off()
    done = follow(ask, response).json()
    assert done["state"] == "refused"
    assert done["message"]
    assert done["rejects"][0]["value"] == "L-NONE"


def test_a_system_below_the_head_office_sees_its_own_deliveries_only(cast, call, good):  # noqa: F811
    other = build_delivery("2026-03-30")
    ask = call("B1", "deliveries:write", "deliveries:read")
    response = upload(ask, good)
    assert [row["id"] for row in ask("imports/").json()["results"]] == [response.json()["id"]]
    refused(ask(f"imports/{other.pk}/"), 404, "not_found")
    assert len(call("H0", "deliveries:read")("imports/").json()["results"]) == 2


# --- again ------------------------------------------------------------------------------------------
def test_the_same_again_is_answered_the_same(cast, call, good):  # noqa: F811
    ask = call("H0", "deliveries:write")
    first = upload(ask, good, key="k-1")
    work_off()
    again = upload(ask, good, key="k-1")
    assert (again.status_code, again.json(), again["Location"]) == (202, first.json(), first["Location"])
    assert (again["Idempotent-Replayed"], first.headers.get("Idempotent-Replayed")) == ("true", None)
    assert (Delivery.objects.count(), Job.objects.count()) == (1, 1)


def test_the_key_of_something_else_is_refused(cast, call, good):  # noqa: F811
    ask = call("H0", "deliveries:write")
    upload(ask, good, key="k-1")
    refused(upload(ask, good + b"more", key="k-1"), 422, "idempotency_key_reused")
    refused(upload(ask, good, key="k-1", mode="partial"), 422, "idempotency_key_reused")
    assert Delivery.objects.count() == 1


def test_keys_are_each_systems_own_and_expire(cast, call, good):  # noqa: F811
    assert upload(call("H0", "deliveries:write"), good, key="k").status_code == 202
    work_off()
    ask = call("H0", "deliveries:write")
    assert "Idempotent-Replayed" not in upload(ask, good, key="k").headers
    IdempotentRequest.objects.update(expires_at=clock.now())
    assert "Idempotent-Replayed" not in upload(ask, good + b"x", key="k").headers
    assert IdempotentRequest.objects.count() == 1


@pytest.mark.parametrize("key", [" ", "\x07", "ü", "k" * 201])
def test_a_key_that_is_none(cast, call, good, key):  # noqa: F811
    ask = call("H0", "deliveries:write")
    response = upload(ask, good, key=key)
    if key == " ":
        assert response.status_code == 202
    else:
        refused(response, 400, "bad_idempotency_key")


def test_an_error_is_not_kept(cast, call, good):  # noqa: F811
    ask = call("H0", "deliveries:write")
    refused(upload(ask, b"no archive", key="k"), 422, "bad_upload")
    assert upload(ask, good, key="k").status_code == 202


# --- refused ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"file": ""}, "file"),
        ({"mode": "perhaps"}, "mode"),
        ({"date": "2026-02-30"}, "date"),
        ({"date": "2099-01-01"}, "date"),
    ],
)
def test_a_field_that_is_wrong_is_named(cast, call, good, fields, name):  # noqa: F811
    data = {"file": SimpleUploadedFile(NAME, good), **fields}
    response = call("H0", "deliveries:write")("imports/", "post", data=data)
    assert list(refused(response, 422, "bad_upload")["errors"]) == [name]
    assert not Delivery.objects.exists()


def test_a_file_of_another_kind(cast, call):
    ask = call("H0", "deliveries:write")
    body = refused(upload(ask, b"PK\x03\x04", name="x.exe"), 422, "bad_upload")
    assert body["errors"]["file"]


def test_a_file_that_is_too_large(cast, call, good, settings):  # noqa: F811
    settings.DELIVERY_MAX_BYTES = 100
    refused(upload(call("H0", "deliveries:write"), good), 422, "bad_upload")


def test_nothing_at_all(cast, call):
    ask = call("H0", "deliveries:write")
    for headers in ({}, {"Idempotency-Key": "k"}):
        refused(ask("imports/", "post", content_type="", headers=headers), 415, "unsupported_media_type")


def test_reading_deliveries_is_not_writing_them(cast, call, good):  # noqa: F811
    refused(upload(call("H0", "deliveries:read"), good), 403, "scope_missing")
    assert Delivery.objects.filter(state=DeliveryState.RECEIVED).count() == 0


def test_unknown_fields_are_refused(cast, call, good):  # noqa: F811
    body = refused(upload(call("H0", "deliveries:write"), good, dry_run="on"), 422, "bad_upload")
    assert list(body["errors"]) == ["dry_run"]
