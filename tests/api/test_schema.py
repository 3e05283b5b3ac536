"""The OpenAPI document says what the API does, and its page needs nothing from elsewhere."""

import re
import warnings

import jsonschema
import pytest
from django.urls import reverse
from django.utils import translation
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from core.api.resources import addresses
from core.api.rows import field_names
from postloan.api.urls import RESOURCES, version_1
from tests.api.test_reading import LISTS, fill

METHODS = {"get", "post"}
LINK = re.compile(r'(?:src|href)="([^"#]+)"')


@pytest.fixture(scope="module")
def document():
    with warnings.catch_warnings(), translation.override("en"):
        GENERATOR_STATS.reset()
        made = SchemaGenerator().get_schema(request=None, public=True)
        assert not GENERATOR_STATS, GENERATOR_STATS.emit_summary()
    return made


def operations(document):
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method in METHODS:
                yield f"{method} {path}", operation


def test_document_is_valid_openapi_3_1_without_a_warning(document):
    assert document["openapi"].startswith("3.1")
    validate_schema(document)


def test_every_address_is_described(document):
    assert len(document["paths"]) == len(version_1)
    assert {path.split("/")[3] for path in document["paths"]} == {
        resource.address.split("/")[0] for resource in RESOURCES
    } | {"imports"}


def test_every_operation_says_what_it_does_and_how_it_refuses(document):
    for name, operation in operations(document):
        assert operation["summary"], name
        assert operation["tags"], name
        assert {"400", "401", "403", "406", "429", "500"} <= operation["responses"].keys(), name
        refusals = [operation["responses"][status] for status in operation["responses"] if status >= "400"]
        assert all("application/problem+json" in refusal["content"] for refusal in refusals), name
        people = set() if name.startswith("post") else {("session",)}  # they have pages to change things
        assert {tuple(rule) for rule in operation["security"]} == {("token",), *people}, name


def test_operations_have_names_of_their_own(document):
    names = [operation["operationId"] for _name, operation in operations(document)]
    assert len(set(names)) == len(names)


def test_no_field_is_promised_because_fields_may_be_chosen(document):
    schemas = document["components"]["schemas"]
    assert [resource.name for resource in RESOURCES if "required" in schemas[_component(resource)]] == []
    assert all(schemas[_component(resource)]["description"] for resource in RESOURCES)


def _component(resource) -> str:
    return resource.row.__name__.removesuffix("Row")


def test_money_is_text_and_no_number(document):
    balance = document["components"]["schemas"]["Loan"]["properties"]["balance"]
    assert (balance["type"], balance["format"]) == ("string", "decimal")


@pytest.mark.django_db
@pytest.mark.parametrize("name", [*LISTS, "loans/L001/instalments", "loans/L001/repayments"])
def test_answers_are_as_described(document, cast, book, call, name):
    fill(cast, 1)
    page = call()(f"{name}/").json()
    path = f"/api/v1/{name}/".replace("L001", "{loan_no}")
    described = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    jsonschema.validate(page, {**described, "components": document["components"]})


@pytest.mark.django_db
@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.name)
def test_every_declared_field_is_sent_and_no_other(cast, book, call, resource):
    fill(cast, 1)
    path = resource.address.replace("<str:loan_no>", "L001")
    for row in call()(path).json()["results"]:
        assert sorted(row) == sorted(field_names(resource.row))


def test_a_resource_without_a_key_is_a_list_only():
    numbers = {resource.name: len(addresses(resource)) for resource in RESOURCES}
    assert (numbers["loans"], numbers["classifications"]) == (2, 1)


@pytest.mark.django_db
def test_document_is_for_whoever_is_known(client, cast, call):
    assert client.get("/api/schema/").status_code == 401
    client.force_login(cast.rm_a)
    response = client.get("/api/schema/")
    assert (response.status_code, response["Content-Type"]) == (200, "application/json")
    assert response.json()["info"]["title"] == "PostLoan"


@pytest.mark.django_db
def test_page_needs_nothing_from_elsewhere(client, cast):
    client.force_login(cast.rm_a)
    html = client.get(reverse("postloan:api_docs")).content.decode()
    assert 'data-schema="/api/schema/"' in html
    assert [link for link in LINK.findall(html) if link.startswith(("http", "//"))] == []
    for link in LINK.findall(html):
        if link.startswith("/static/drf_spectacular_sidecar"):
            assert client.get(link).status_code == 200
