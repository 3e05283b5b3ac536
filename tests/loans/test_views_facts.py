"""The borrower page and the loan page: facts, overdue state, class with its reason, tabs, masked numbers."""

from decimal import Decimal

import pytest
from django.urls import reverse

from core.models import AuditEvent
from loans.models import (
    BorrowerGroup,
    Collateral,
    FloorProposal,
    FloorRule,
    Guarantee,
    LoanClassification,
    LoanStatus,
    Rating,
    Repayment,
)
from loans.selectors import pages
from tests.builders import EPOCH, build_borrower, build_instalment, build_loan, day
from tests.reports.duties import open_duty, start

pytestmark = pytest.mark.django_db

TODAY = day("2026-06-03")
CLOSED = day("2026-06-02")


@pytest.fixture
def loan(cast, client):
    """A loan of the relationship manager in S01, unpaid since 1 March: 93 days at the close of 2 June."""
    client.cookies["django_language"] = "en"
    start(TODAY)
    group = BorrowerGroup.objects.create(group_no="G1", name="Steel Group")
    borrower = build_borrower(
        "C-A",
        cast.branches["S01"],
        cast.rm_a,
        name="Anshan Bearings",
        id_no="911200001234567890",
        phone="13800138000",
        group=group,
    )
    build_borrower("C-G", cast.branches["S03"], cast.rm_b, name="Sister in another branch", group=group)
    loan = build_loan(
        "L-A",
        borrower,
        disbursed="2025-12-01",
        matures="2026-12-01",
        floor_class="substandard",
        classification="substandard",
    )
    build_instalment(loan, "2026-02-01", paid="2026-02-03")
    build_instalment(loan, "2026-03-01", principal="1000.00")
    build_instalment(loan, "2026-12-01", principal="99000.00")
    Repayment.objects.create(
        repayment_no="R1", loan=loan, paid_on=day("2026-02-03"), amount=Decimal("100.00"), channel="counter"
    )
    client.force_login(cast.rm_a)
    return loan


def page(client, name="loan", no="L-A", query=""):
    return client.get(f"{reverse(f'loans:{name}', args=[no])}{query}")


def text(response):
    return response.content.decode()


def test_state_is_derived_at_the_close_of_the_last_day(loan):
    state = pages.loan_state(loan, CLOSED)
    assert (state.overdue.days, state.overdue.bucket) == (93, "M4")
    assert (state.overdue.overdue_principal, state.overdue.overdue_interest) == (
        Decimal("1000.00"),
        Decimal("100.00"),
    )
    assert [(line.paid_on, line.days_late, line.open) for line in state.schedule] == [
        (day("2026-02-03"), 2, Decimal("0.00")),
        (None, 93, Decimal("1100.00")),
        (None, 0, Decimal("99100.00")),
    ]
    assert state.next_due.due_on == day("2026-12-01")


def test_payment_after_the_day_is_not_known_yet(loan):
    state = pages.loan_state(loan, day("2026-02-02"))
    assert state.overdue.days == 1
    assert state.schedule[0].paid_on is None


def test_loan_page_shows_facts_overdue_state_and_schedule(loan, client):
    html = text(page(client))
    for words in (
        "Anshan Bearings",
        "M4 · 93 days",
        "1,000.00",
        "as of the close of",
        "2026-06-02",
        "Paid 2026-02-03",
        "2 days late",
        "overdue 93 days",
        "Not due yet",
        "R1",
    ):
        assert words in html


def test_class_is_shown_with_the_reason(loan, client):
    rule = FloorRule.objects.filter(classification="substandard", state="published").first()
    FloorProposal.objects.create(
        loan=loan,
        effective_on=day("2026-05-31"),
        floor_class="substandard",
        previous_floor="special_mention",
        oldest_unpaid_due_on=day("2026-03-01"),
        days_past_due=91,
        rule=rule,
    )
    LoanClassification.objects.create(
        loan=loan,
        effective_on=day("2025-12-01"),
        classification="normal",
        reason="First classification",
        source="loan_file",
    )
    html = text(page(client))
    for words in (
        rule.clause,
        "91 days past due when the floor was set",
        "First classification",
        "A person may only go lower",
    ):
        assert words in html


@pytest.mark.parametrize("tab", ["", "duties", "security", "history", "nonsense"])
def test_every_tab_opens(loan, client, tab):
    assert page(client, query=f"?tab={tab}").status_code == 200


def test_history_tells_every_turn_newest_first(loan, client):
    LoanStatus.objects.create(
        loan=loan, effective_on=day("2025-12-01"), regime="regular", classification="normal"
    )
    LoanStatus.objects.create(
        loan=loan,
        effective_on=day("2026-03-02"),
        regime="key",
        classification="special_mention",
        previous_regime="regular",
        previous_classification="normal",
    )
    turns = pages.loan_history(loan)
    assert [(str(turn.effective_on), turn.kind, turn.code) for turn in turns] == [
        ("2026-03-02", "regime", "key"),
        ("2026-03-02", "in_force", "special_mention"),
        ("2025-12-01", "regime", "regular"),
        ("2025-12-01", "in_force", "normal"),
    ]
    assert "Special mention" in text(page(client, query="?tab=history"))


def test_security_counts_down_and_masks(loan, client):
    Guarantee.objects.create(
        loan=loan,
        guarantor_no="G-1",
        name="Wang Wei",
        guarantor_type="personal",
        liability="joint",
        phone="13900139000",
        expires_on=day("2026-06-13"),
        updated_at=EPOCH,
    )
    collateral = Collateral.objects.create(
        collateral_no="K-1", kind="land", insured_until=day("2026-06-01"), updated_at=EPOCH
    )
    collateral.links.create(loan=loan)
    html = text(page(client, query="?tab=security"))
    for words in ("Wang Wei", "in 10 days", "139****9000", "six months after", "Land", "2 days ago"):
        assert words in html
    assert "13900139000" not in html
    assert "Wang Wei" in text(page(client, "borrower", "C-A", "?tab=security"))


def test_duties_of_the_loan_and_only_they(loan, cast, client):
    open_duty(cast, "2026-06-10", loans="L-A;L-B")
    open_duty(cast, "2026-06-11", loans="L-AA", code="REPORT_YEAR")
    open_duty(
        cast, "2026-06-12", no="L-A/G-1", code="GUARANTEE_EXPIRY", subject_type="guarantee", borrower_no="C-A"
    )
    duties = page(client, query="?tab=duties").context["duties"]
    assert sorted(duty.code for duty in duties) == ["GUARANTEE_EXPIRY", "REPORT_QUARTER"]
    assert len(page(client, "borrower", "C-A", "?tab=duties").context["duties"]) == 3


def test_long_schedule_shows_the_part_around_today(loan):
    for month in range(1, 13):
        build_instalment(loan, f"2027-{month:02d}-01")
    state = pages.loan_state(loan, CLOSED)
    shown = pages.shown_schedule(state, everything=False)
    assert (len(shown), shown[0].seq) == (12, 1)
    assert len(pages.shown_schedule(state, everything=True)) == 15


def test_loan_without_schedule_and_ended_loan_open(cast, loan, client):
    build_loan("L-0", loan.borrower, disbursed="2026-01-05", matures="2027-01-05")
    build_loan(
        "L-9",
        loan.borrower,
        disbursed="2024-01-05",
        matures="2025-01-05",
        ended_on=day("2025-01-05"),
        settled_on=day("2025-01-05"),
        balance=Decimal(0),
    )
    assert "No schedule" in text(page(client, no="L-0"))
    assert "nothing is owed" in text(page(client, no="L-9"))


def test_borrower_page_sums_what_is_owed_and_names_the_visible_group(loan, client):
    Rating.objects.create(subject_no="C-A", rated_on=day("2026-01-01"), kind="formal", grade="BBB")
    response = page(client, "borrower", "C-A")
    html = text(response)
    assert response.context["exposure"].balance == Decimal("100000.00")
    assert "Steel Group" in html
    assert "Sister in another branch" not in html
    assert "BBB" in text(page(client, "borrower", "C-A", "?tab=ratings"))


@pytest.mark.parametrize(("name", "no"), [("loan", "L-A"), ("borrower", "C-A")])
@pytest.mark.parametrize("person", ["rm_b", "risk"])
def test_pages_follow_the_scope(loan, cast, client, name, no, person):
    client.force_login(getattr(cast, person))
    assert page(client, name, no).status_code == (200 if person == "risk" else 404)


@pytest.mark.parametrize("no", ["L-B", "x" * 500, "%00", "..%2F..", "<b>"])
def test_number_nobody_has_is_not_found(loan, client, no):
    assert client.get(f"/loans/{no}/").status_code == 404
    assert client.get(f"/borrowers/{no}/").status_code == 404


@pytest.mark.parametrize("tab", ["", "duties", "security", "history"])
@pytest.mark.parametrize("rows", [1, 30])
def test_loan_page_takes_few_queries(loan, cast, client, tab, rows, django_assert_max_num_queries):
    for n in range(rows):
        build_instalment(loan, f"20{27 + n // 12}-{n % 12 + 1:02d}-01")
        open_duty(cast, "2026-06-10", loans="L-A", period_key=str(n))
    page(client)
    with django_assert_max_num_queries(12):
        assert page(client, query=f"?tab={tab}").status_code == 200


@pytest.mark.parametrize("rows", [1, 30])
def test_borrower_page_takes_twelve_queries_at_most(loan, cast, client, rows, django_assert_max_num_queries):
    for n in range(rows):
        build_loan(f"L-{n}", loan.borrower, disbursed="2026-01-05", matures="2027-01-05")
    page(client, "borrower", "C-A")
    with django_assert_max_num_queries(12):
        assert page(client, "borrower", "C-A").status_code == 200


# --- masked numbers -----------------------------------------------------------------------------------
def reveal(client, field="id_no", reason="Checking the contract", **headers):
    return client.post(reverse("loans:reveal", args=["C-A", field]), {"reason": reason}, headers=headers)


def test_numbers_are_masked_until_a_reason_is_given(loan, client):
    html = text(page(client, "borrower", "C-A"))
    assert "911200001234567890" not in html
    assert "13800138000" not in html
    assert "911********7890" in html
    assert "911200001234567890" in text(reveal(client))
    assert "13800138000" in text(reveal(client, "phone", **{"HX-Request": "true"}))
    events = AuditEvent.objects.filter(action="borrower.revealed").order_by("pk")
    assert [event.after for event in events] == [
        {"field": "id_no", "reason": "Checking the contract"},
        {"field": "phone", "reason": "Checking the contract"},
    ]


@pytest.mark.parametrize("reason", ["", "    ", "abc", "x" * 301])
def test_without_a_reason_nothing_is_shown(loan, client, reason):
    response = reveal(client, reason=reason)
    assert response.status_code == 422
    assert "911200001234567890" not in text(response)
    assert not AuditEvent.objects.filter(action="borrower.revealed").exists()


def test_only_the_masked_numbers_can_be_revealed(loan, client):
    assert reveal(client, "name").status_code == 404
    assert not AuditEvent.objects.filter(action="borrower.revealed").exists()


def test_revealed_number_is_not_kept_by_the_browser(loan, client):
    assert "no-store" in reveal(client)["Cache-Control"]


def test_number_of_another_branch_stays_hidden(loan, cast, client):
    client.force_login(cast.rm_b)
    assert reveal(client).status_code == 404
