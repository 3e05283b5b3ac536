"""A duty with a form of its own is discharged there and nowhere else."""

import pytest
from django.urls import reverse

from core.errors import ApplicationError
from duties import acts
from duties.enums import DutyState
from reports.services import complete_with_file
from tests.reports.duties import TODAY, customer, open_duty, start

pytestmark = pytest.mark.django_db

CODE = "FORM_OF_ITS_OWN"


@pytest.fixture
def duty(cast, client):
    client.cookies["django_language"] = "en"
    start()
    customer(cast)
    client.force_login(cast.rm_a)
    return open_duty(cast, "2026-06-02", code=CODE, loans="L-A")


@pytest.fixture
def form(monkeypatch):
    monkeypatch.setattr(acts, "_forms", dict(acts._forms))
    acts.register(CODE, lambda duty: f"/forms/{duty.pk}", "Write it")


def test_code_without_a_form_is_marked_by_hand(duty, client):
    assert acts.act_of(duty) is None
    html = client.get(reverse("reports:duty", args=[duty.pk])).content.decode()
    assert "done-note" in html


@pytest.mark.usefixtures("form")
def test_form_is_offered_on_the_page_and_in_the_list_instead_of_done(duty, client):
    done = reverse("reports:complete", args=[duty.pk])
    for page in (reverse("reports:duty", args=[duty.pk]), reverse("reports:workbench")):
        html = client.get(page).content.decode()
        assert f'href="/forms/{duty.pk}"' in html
        assert "Write it" in html
        assert done not in html


@pytest.mark.usefixtures("form")
@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_address_of_done_leads_to_the_form(duty, client, headers):
    response = client.post(
        reverse("reports:complete", args=[duty.pk]),
        {"done-note": "done by hand", "done-version": 0},
        headers=headers,
    )
    where = response["HX-Redirect"] if headers else response["Location"]
    assert where == f"/forms/{duty.pk}"
    duty.refresh_from_db()
    assert duty.state == DutyState.OPEN


@pytest.mark.usefixtures("form")
def test_service_refuses_to_close_it_by_hand(duty, cast):
    with pytest.raises(ApplicationError) as refused:
        complete_with_file(duty, actor=cast.rm_a, business_date=TODAY, note="by hand", version=0)
    assert refused.value.code == "has_form"
