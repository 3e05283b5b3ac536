"""Reading by the API: scope, pages, fields, filters, changes, personal data, at a fixed number of queries."""

import datetime as dt
import json
from decimal import Decimal

import pytest

from approvals.services import request_waiver
from core import clock
from core.enums import RunState
from core.models import DailyRun
from inspections.models import WorkLog
from loans.models import BorrowerGroup, Collateral, Loan, LoanClassification, LoanRegime, Repayment
from tests.api.conftest import TODAY
from tests.builders import (
    build_borrower,
    build_collateral,
    build_figure,
    build_guarantee,
    build_loan,
    build_log,
    build_notice,
    build_report,
    day,
)
from tests.duties.conftest import open_rule_duty

pytestmark = pytest.mark.django_db

LISTS = (
    "approvals",
    "borrowers",
    "branches",
    "classifications",
    "collaterals",
    "daily-runs",
    "duties",
    "groups",
    "guarantees",
    "imports",
    "inspection-reports",
    "loans",
    "monthly-summaries",
    "notices",
    "regimes",
    "work-logs",
)


def fill(cast, number: int) -> None:
    """One row of everything, all below S01."""
    tail = f"{number:03d}"
    borrower = build_borrower(f"C{tail}", cast.branches["S01"], cast.rm_a)
    borrower.group = BorrowerGroup.objects.create(group_no=f"G{tail}", name="Group")
    borrower.save()
    loan = build_loan(f"L{tail}", borrower, disbursed="2026-01-05", matures="2027-01-05")
    LoanClassification.objects.create(
        loan=loan, effective_on=TODAY, classification="normal", source="approval"
    )
    LoanRegime.objects.create(loan=loan, effective_on=TODAY, regime="key", source="approval")
    Repayment.objects.create(loan=loan, repayment_no=f"R{tail}", paid_on=TODAY, amount=Decimal("0.10"))
    build_guarantee(loan, "G1")
    build_collateral(f"K{tail}", loan)
    build_log(borrower, cast.rm_a, f"W{tail}")
    build_report(borrower, cast.rm_a, f"RPT{tail}")
    build_figure(cast.branches["S01"], f"{number}")
    duty = open_rule_duty(
        cast,
        "REPORT_QUARTER",
        anchor=dt.date(2026, 6, 30),
        subject_no=borrower.borrower_no,
        borrower_no=borrower.borrower_no,
    )
    request_waiver(duty, actor=cast.rm_a, business_date=TODAY, reason="The borrower repaid everything")
    build_notice(duty, borrower)
    date = day("2026-01-01") + dt.timedelta(days=number)
    DailyRun.objects.create(business_date=date, state=RunState.DONE)


def results(response):
    assert response.status_code == 200, response.content
    return response.json()["results"]


def column(response, name: str):
    return [row[name] for row in results(response)]


# --- who sees what --------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("branch", "loans"),
    [("H0", ["L-A1", "L-B1", "L-C1"]), ("B1", ["L-A1", "L-B1"]), ("S02", ["L-B1"]), ("B2", ["L-C1"])],
)
def test_a_system_sees_its_branch_and_what_is_below(book, call, branch, loans):
    assert column(call(branch)("loans/"), "loan_no") == loans


@pytest.mark.parametrize("name", [name for name in LISTS if name not in ("daily-runs", "imports")])
def test_a_system_of_another_branch_sees_no_row_and_no_record(cast, book, call, name):
    fill(cast, 1)
    inside, outside = call("S01"), call("B2")
    rows = results(inside(f"{name}/"))
    seen = results(outside(f"{name}/"))
    assert rows
    assert [row for row in seen if row in rows] == []


@pytest.mark.parametrize(
    "path",
    [
        "borrowers/C001/",
        "groups/G001/",
        "loans/L001/",
        "loans/L001/instalments/",
        "loans/L001/repayments/",
        "guarantees/L001/G1/",
        "collaterals/K001/",
        "work-logs/W001/",
        "inspection-reports/RPT001/",
        "branches/S01/",
    ],
)
def test_a_record_of_another_branch_does_not_exist(cast, book, call, path):
    fill(cast, 1)
    assert call("B1")(path).status_code == 200
    refused = call("B2")(path)
    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")


def test_approvals_and_duties_of_another_branch_do_not_exist(cast, book, call):
    fill(cast, 1)
    inside, outside = call("B1"), call("B2")
    number = results(inside("approvals/"))[0]["number"]
    duty = results(inside("duties/"))[0]["id"]
    for path in (f"approvals/{number}/", f"duties/{duty}/"):
        assert (inside(path).status_code, outside(path).status_code) == (200, 404)


def test_collateral_names_only_loans_that_the_reader_sees(cast, book, call):
    loans = [Loan.objects.get(loan_no=no) for no in ("L-A1", "L-C1")]
    build_collateral("K-1", *loans)
    assert call("H0")("collaterals/K-1/").json()["loans"] == ["L-A1", "L-C1"]
    assert call("B1")("collaterals/K-1/").json()["loans"] == ["L-A1"]
    assert column(call("B2")("collaterals/"), "loans") == [["L-C1"]]
    assert Collateral.objects.visible_to(cast.rm_a).count() == 1


def test_a_person_reads_by_the_session_what_the_pages_show(cast, book, client):
    client.force_login(cast.rm_a)
    assert column(client.get("/api/v1/loans/"), "loan_no") == ["L-A1"]
    assert client.get("/api/v1/loans/L-C1/").status_code == 404


def test_drafts_of_work_logs_are_their_authors_own(cast, book, call):
    build_log(Loan.objects.get(loan_no="L-A1").borrower, cast.rm_a, "W-D", state="draft")
    assert WorkLog.objects.count() == 1
    assert results(call()("work-logs/")) == []


# --- personal data --------------------------------------------------------------------------------
def test_numbers_of_persons_are_masked_without_the_scope(book, call):
    row = call("H0", "portfolio:read")("borrowers/C-A/").json()
    assert (row["id_no"], row["phone"]) == ("911********7890", "138****8000")
    row = call("H0", "portfolio:read", "personal:read")("borrowers/C-A/").json()
    assert (row["id_no"], row["phone"]) == ("911200001234567890", "13800138000")


def test_people_see_masked_numbers_only(cast, book, client):
    client.force_login(cast.risk)
    assert client.get("/api/v1/borrowers/C-A/?fields=id_no").json() == {"id_no": "911********7890"}


# --- rows -----------------------------------------------------------------------------------------
def test_amounts_are_exact_texts_and_overdue_is_as_of_the_last_close(book, call):
    Loan.objects.filter(loan_no="L-A1").update(balance=Decimal("1234567890123.45"))
    response = call()("loans/L-A1/")
    assert '"balance":"1234567890123.45"' in response.content.decode()
    row = response.json()
    assert (row["oldest_unpaid_due_on"], row["days_past_due"], row["bucket"]) == ("2026-05-04", 29, "M1")


def test_schedule_and_repayments_stand_below_the_loan(cast, book, call):
    fill(cast, 1)
    ask = call()
    assert column(ask("loans/L-A1/instalments/"), "paid_on") == ["2026-04-05", None]
    assert column(ask("loans/L001/repayments/"), "amount") == ["0.10"]


def test_duty_says_why(cast, book, call):
    fill(cast, 1)
    row = results(call()("duties/"))[0]
    assert (row["code"], row["owner_no"], row["state"], row["overdue"]) == (
        "REPORT_QUARTER",
        "E001",
        "open",
        False,
    )
    assert isinstance(row["explanation"], dict)


@pytest.mark.parametrize("path", ["loans/?fields=loan_no,balance", "loans/L-A1/?fields=balance,%20loan_no"])
def test_only_the_fields_that_were_asked_for(book, call, path):
    body = call()(path).json()
    row = body["results"][0] if "results" in body else body
    assert set(row) == {"loan_no", "balance"}


@pytest.mark.parametrize("name", LISTS)
def test_every_field_can_be_asked_for_alone(cast, book, call, name):
    fill(cast, 1)
    ask = call()
    for row in results(ask(f"{name}/"))[:1]:
        for field in row:
            assert results(ask(f"{name}/?fields={field}"))[0] == {field: row[field]}


# --- pages ----------------------------------------------------------------------------------------
def walk(ask, path: str, way: str = "next"):
    """All rows of a list page by page."""
    pages = []
    while path:
        response = ask(path.removeprefix("http://testserver/api/v1/"))
        pages.append(results(response))
        path = response.json()[way]
    return pages


def test_pages_are_complete_and_nothing_comes_twice(cast, book, call):
    for number in range(7):
        fill(cast, number)
    pages = walk(call(), "borrowers/?page_size=3&fields=borrower_no")
    assert [len(page) for page in pages] == [3, 3, 3, 1]
    assert len({row["borrower_no"] for page in pages for row in page}) == 10


def test_pages_are_stable_while_rows_are_added(cast, book, call):
    ask = call()
    first = ask("borrowers/?page_size=2")
    build_borrower("AAA", cast.branches["S01"])
    rest = walk(ask, first.json()["next"])
    assert [row["borrower_no"] for page in rest for row in page] == ["C-C", "AAA"]


def test_one_can_go_back(book, call):
    ask = call()
    second = ask("borrowers/?page_size=1").json()["next"].removeprefix("http://testserver/api/v1/")
    back = ask(second).json()["previous"].removeprefix("http://testserver/api/v1/")
    assert column(ask(back), "borrower_no") == ["C-A"]
    assert ask(back).json()["previous"] is None


def test_runs_begin_with_the_newest(cast, book, call):
    for number in range(3):
        fill(cast, number)
    pages = walk(call(), "daily-runs/?page_size=2")
    assert [row["business_date"] for page in pages for row in page] == [
        "2026-01-03",
        "2026-01-02",
        "2026-01-01",
    ]


def test_changes_since_an_instant_come_oldest_first(book, call):
    for hour, number in enumerate(("L-C1", "L-A1")):
        Loan.objects.filter(loan_no=number).update(updated_at=dt.datetime(2026, 6, 2, hour, tzinfo=dt.UTC))
    ask = call()
    assert column(ask("loans/?updated_since=2026-06-02T00:00:00Z"), "loan_no") == ["L-C1", "L-A1"]
    assert column(ask("loans/?updated_since=2026-06-02T00:30:00Z"), "loan_no") == ["L-A1"]
    assert column(ask("loans/?updated_since=2026-06-02"), "loan_no") == ["L-C1", "L-A1"]
    pages = walk(ask, "loans/?updated_since=2026-01-01&page_size=1")
    assert [row["loan_no"] for page in pages for row in page] == ["L-B1", "L-C1", "L-A1"]


# --- filters --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=anshan", ["L-A1"]),
        ("q=L-B1", ["L-B1"]),
        ("cls=doubtful", ["L-B1"]),
        ("bucket=M1", ["L-A1"]),
        ("state=ended", ["L-A2"]),
        ("state=all&q=anshan", ["L-A1", "L-A2"]),
        ("branch=B2", ["L-C1"]),
        ("matures_to=2026-12-31", ["L-B1", "L-C1"]),
    ],
)
def test_loans_are_filtered_as_on_the_page(book, call, query, found):
    assert column(call()(f"loans/?{query}"), "loan_no") == found


@pytest.mark.parametrize(
    ("path", "number"),
    [
        ("borrowers/?borrower_type=personal", 1),
        ("guarantees/?loan_no=L001", 1),
        ("guarantees/?loan_no=L999", 0),
        ("guarantees/?branch=B2", 0),
        ("collaterals/?loan_no=L001", 1),
        ("collaterals/?kind=land", 0),
        ("classifications/?borrower_no=C001&effective_from=2026-06-03", 1),
        ("regimes/?effective_to=2026-06-02", 0),
        ("duties/?code=REPORT_QUARTER", 1),
        ("duties/?state=done", 0),
        ("duties/?state=all&borrower_no=C001", 2),
        ("duties/?owner=E001&due_from=2026-06-01", 1),
        ("work-logs/?state=submitted&kind=site_visit", 1),
        ("work-logs/?activity_to=2026-05-01", 0),
        ("approvals/?state=open&borrower_no=C001", 1),
        ("approvals/?kind=NONE", 0),
        ("daily-runs/?state=done&from_on=2026-01-01", 1),
        ("imports/?state=applied", 0),
    ],
)
def test_filters_of_the_other_lists(cast, book, call, path, number):
    fill(cast, 1)
    assert len(results(call()(path))) == number


# --- records --------------------------------------------------------------------------------------
def test_an_unchanged_record_is_not_sent_again(book, call):
    ask = call()
    first = ask("loans/L-A1/")
    again = ask("loans/L-A1/", headers={"If-None-Match": f'"other", W/{first["ETag"]}'})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    Loan.objects.filter(loan_no="L-A1").update(balance=1)
    changed = ask("loans/L-A1/", headers={"If-None-Match": first["ETag"]})
    assert (changed.status_code, json.loads(changed.content)["balance"]) == (200, "1.00")


def test_answers_are_kept_by_nobody_in_between(book, call):
    response = call()("loans/")
    assert response["Cache-Control"] == "private, no-cache"
    assert {"Authorization", "Cookie"} <= set(response["Vary"].replace(",", "").split())


# --- cost -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("rows", [1, 30])
def test_a_list_takes_a_fixed_number_of_queries(cast, book, call, name, rows, django_assert_max_num_queries):
    for number in range(rows):
        fill(cast, number)
    ask = call("B1")
    ask("branches/")  # a first call notes when the client was last used
    with django_assert_max_num_queries(5):
        results(ask(f"{name}/"))


@pytest.mark.parametrize(
    "path", ["loans/L001/", "borrowers/C001/", "collaterals/K001/", "loans/L001/instalments/"]
)
def test_a_record_takes_few_queries(cast, book, call, path, django_assert_max_num_queries):
    fill(cast, 1)
    ask = call("B1")
    ask("branches/")
    with django_assert_max_num_queries(5):
        assert ask(path).status_code == 200


def test_last_use_is_kept_to_the_minute(book, make_client, call):
    from tests.api.conftest import caller

    client, token = make_client()
    caller(token)("loans/")
    client.refresh_from_db()
    assert client.last_used_at is not None
    assert clock.now() - client.last_used_at < dt.timedelta(minutes=1)
