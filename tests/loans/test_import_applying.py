"""What a delivery leaves in the book, and what a second one changes."""

import datetime as dt
from decimal import Decimal

import pytest

from core.models import AuditEvent, BusinessDate
from loans.enums import DeliveryState, FactSource
from loans.importers import import_delivery
from loans.models import (
    Borrower,
    Collateral,
    CollateralLoan,
    Delivery,
    DeliveryFile,
    Guarantee,
    Instalment,
    Loan,
    LoanChange,
    LoanClassification,
    LoanRegime,
    Rating,
    Repayment,
)
from org.models import Branch, RoleHolder, User
from tests.loans.delivering import Parcel

pytestmark = pytest.mark.django_db

D = dt.date.fromisoformat
ROWS = 62  # of the standard delivery


@pytest.fixture
def standard(tmp_path):
    return import_delivery(Parcel.standard().write(tmp_path))


def deliver(parcel, tmp_path, day="2026-04-01", **options):
    return import_delivery(parcel.write(tmp_path / "next", day), **options)


def figures(report, name):
    file = next(file for file in report.files if file.name == name)
    return (file.read, file.created, file.changed, file.unchanged, file.rejected)


def touched():
    return sorted(LoanChange.objects.values_list("loan__loan_no", flat=True))


def test_standard_delivery_is_applied_whole(standard):
    assert (standard.state, standard.exit_code, standard.rejected) == (DeliveryState.APPLIED, 0, 0)
    assert all(file.read == file.created and not file.remarks for file in standard.files)
    loan = Loan.objects.select_related("borrower", "branch", "officer").get(loan_no="L001")
    assert (loan.borrower.borrower_no, loan.branch.branch_no, loan.officer.employee_no) == (
        "C001",
        "S01",
        "E01",
    )
    assert (loan.annual_rate_pct, loan.day_count, loan.currency) == (Decimal("4.35"), "act/360", "CNY")
    assert Borrower.objects.get(borrower_no="C001").registered_address == "杭州市西湖区示例路1号,2楼"


def test_first_delivery_starts_the_business_date_and_leaves_one_audit_row(standard):
    assert BusinessDate.objects.values_list("current", "started_on").get() == (
        D("2026-03-31"),
        D("2026-03-31"),
    )
    event = AuditEvent.objects.get(action="delivery.applied")
    assert event.after["created"] == sum(file.read for file in standard.files)
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.complete) == (DeliveryState.APPLIED, True)
    assert DeliveryFile.objects.filter(delivery=delivery).count() == len(standard.files) == 15


def test_branches_staff_and_roles(standard):
    assert Branch.objects.get(branch_no="S01").path == "/H0/B1/S01/"
    user = User.objects.get(employee_no="E02")
    assert user.roles == {"supervisor", "department_head"}
    assert not user.has_usable_password()
    assert user.is_active
    assert RoleHolder.objects.get(role="supervisor", branch__branch_no="S01").user == user


def test_instalments_know_when_they_were_paid(standard):
    def paid(loan_no):
        rows = Instalment.objects.filter(loan__loan_no=loan_no, paid_on__isnull=False)
        return [(i.seq, str(i.paid_on)) for i in rows.order_by("seq")]

    assert paid("L001") == [(1, "2025-12-20"), (2, "2026-03-20")]
    assert paid("L002") == [
        (1, "2025-11-15"),
        (2, "2025-12-15"),
        (3, "2026-01-15"),
        (4, "2026-02-20"),
        (5, "2026-03-15"),
    ]
    assert paid("L003") == []
    assert paid("L004") == [(1, "2026-03-01")]


def test_new_loans_get_their_first_state(standard):
    state = {loan.loan_no: loan for loan in Loan.objects.all()}
    assert [state[no].oldest_unpaid_due_on for no in sorted(state)] == [
        D("2026-06-20"),
        D("2026-04-15"),
        D("2026-02-28"),
        None,
    ]
    assert [state[no].ended_on for no in sorted(state)] == [None, None, None, D("2026-03-01")]
    assert state["L004"].zero_balance_since == D("2026-03-31")
    assert (state["L003"].regime, state["L003"].classification, state["L003"].floor_class) == (
        "key",
        "substandard",
        "normal",
    )
    assert {loan.first_seen_on for loan in state.values()} == {D("2026-03-31")}
    assert touched() == sorted(state)


def test_guarantees_expire_as_agreed_or_six_months_after_maturity(standard):
    ends = {str(g): str(g.expires_on) for g in Guarantee.objects.select_related("loan")}
    by_no = {
        f"{g.loan.loan_no}/{g.guarantor_no}": ends[str(g)] for g in Guarantee.objects.select_related("loan")
    }
    assert by_no == {"L001/GU1": "2027-03-20", "L003/GU1": "2028-02-28", "L003/GU2": "2026-08-28"}


def test_a_collateral_secures_several_loans(standard):
    assert Collateral.objects.count() == 2
    links = CollateralLoan.objects.filter(collateral__collateral_no="D001")
    assert sorted(links.values_list("loan__loan_no", flat=True)) == ["L001", "L002"]
    assert figures(standard, "collaterals.csv") == (3, 3, 0, 0, 0)


def test_histories_come_from_their_files_or_from_the_loan_file(standard):
    def history(model, value, loan_no):
        rows = model.objects.filter(loan__loan_no=loan_no).order_by("effective_on")
        return [
            (str(on), what, source) for on, what, source in rows.values_list("effective_on", value, "source")
        ]

    assert history(LoanRegime, "regime", "L001") == [("2025-09-20", "regular", FactSource.LOAN_FILE)]
    assert history(LoanRegime, "regime", "L003") == [
        ("2025-08-31", "regular", FactSource.HISTORY_FILE),
        ("2026-03-05", "key", FactSource.HISTORY_FILE),
    ]
    assert [row[1] for row in history(LoanClassification, "classification", "L003")] == [
        "normal",
        "special_mention",
        "substandard",
    ]


# --- again ----------------------------------------------------------------------------------------
def test_same_delivery_again_does_nothing_and_says_so(standard, tmp_path):
    LoanChange.objects.all().delete()
    again = import_delivery(Parcel.standard().zip(tmp_path))
    assert (again.already_applied, again.exit_code, again.state) == (True, 0, DeliveryState.APPLIED)
    assert again.delivery_id == standard.delivery_id
    assert (Delivery.objects.count(), touched()) == (1, [])


def test_same_facts_of_the_next_day_write_nothing(standard, tmp_path):
    LoanChange.objects.all().delete()
    stamps = dict(Loan.objects.values_list("pk", "updated_at"))
    report = deliver(Parcel.standard(), tmp_path)
    assert report.totals() == {
        "read": ROWS,
        "created": 0,
        "changed": 0,
        "unchanged": ROWS,
        "rejected": 0,
    }
    assert dict(Loan.objects.values_list("pk", "updated_at")) == stamps
    assert touched() == []


def test_older_delivery_is_refused(standard, tmp_path):
    report = deliver(Parcel.standard().only("groups.csv"), tmp_path, "2026-03-30")
    assert (report.exit_code, report.state) == (2, DeliveryState.REFUSED)
    assert "2026-03-31" in report.problems[0]


def test_second_delivery_of_the_same_date_corrects(standard, tmp_path):
    parcel = Parcel.standard().only("groups.csv").change("groups.csv", {"group_no": "G1"}, name="新名集团")
    assert figures(deliver(parcel, tmp_path, "2026-03-31"), "groups.csv") == (1, 0, 1, 0, 0)


def test_only_what_changed_is_written_and_put_in_play(standard, tmp_path):
    LoanChange.objects.all().delete()
    before = Loan.objects.get(loan_no="L001").updated_at
    parcel = Parcel.standard().only("loans.csv", "repayments.csv")
    parcel.change("loans.csv", {"loan_no": "L002"}, balance="6000.00")
    parcel.add(
        "repayments.csv",
        repayment_no="R009",
        loan_no="L002",
        paid_on="2026-04-01",
        amount="1035.00",
        principal="1000.00",
        interest="35.00",
        channel="counter",
    )
    report = deliver(parcel, tmp_path)
    assert figures(report, "loans.csv") == (4, 0, 1, 3, 0)
    assert figures(report, "repayments.csv") == (9, 1, 0, 8, 0)
    assert touched() == ["L002"]
    assert Loan.objects.get(loan_no="L001").updated_at == before
    paid = Instalment.objects.get(loan__loan_no="L002", seq=6)
    assert (paid.paid_on, paid.principal_paid, paid.interest_paid) == (D("2026-04-01"), 1000, 35)


def test_what_is_kept_as_of_the_business_date_is_left_to_the_daily_run(standard, tmp_path):
    parcel = Parcel.standard().only("loans.csv", "repayments.csv")
    parcel.change("loans.csv", {"loan_no": "L003"}, classification="doubtful", regime="regular")
    parcel.add("repayments.csv", repayment_no="R010", loan_no="L003", paid_on="2026-04-01", amount="60000.00")
    deliver(parcel, tmp_path)
    loan = Loan.objects.get(loan_no="L003")
    assert (loan.delivered_class, loan.delivered_regime) == ("doubtful", "regular")
    assert (loan.classification, loan.regime, loan.oldest_unpaid_due_on) == (
        "substandard",
        "key",
        D("2026-02-28"),
    )


def test_absent_columns_stay_and_empty_cells_become_null(standard, tmp_path):
    parcel = Parcel.standard().only("borrowers.csv")
    parcel.without("borrowers.csv", "phone", "name", "borrower_type", "branch_no")
    parcel.change("borrowers.csv", {"borrower_no": "C001"}, industry="", group_no="", rated_on="")
    assert figures(deliver(parcel, tmp_path), "borrowers.csv") == (4, 0, 1, 3, 0)
    borrower = Borrower.objects.get(borrower_no="C001")
    assert (borrower.phone, borrower.name) == ("0571-00000001", "杭州示例贸易有限公司")
    assert (borrower.industry, borrower.group, borrower.rated_on) == ("", None, None)


def test_changed_class_and_regime_hold_from_the_delivery(standard, tmp_path):
    parcel = Parcel.standard().only("loans.csv")
    parcel.change("loans.csv", {"loan_no": "L001"}, classification="special_mention", regime="key")
    deliver(parcel, tmp_path)
    regimes = LoanRegime.objects.filter(loan__loan_no="L001").order_by("effective_on")
    assert list(regimes.values_list("effective_on", "regime")) == [
        (D("2025-09-20"), "regular"),
        (D("2026-04-01"), "key"),
    ]
    again = Parcel.standard().only("loans.csv").change("loans.csv", {"loan_no": "L001"}, regime="regular")
    deliver(again, tmp_path)  # the same date, corrected
    assert regimes.last().regime == "regular"


def test_history_row_wins_on_its_date(standard, tmp_path):
    parcel = Parcel.standard().only("loans.csv", "classifications.csv")
    parcel.change("loans.csv", {"loan_no": "L001"}, classification="substandard")
    parcel.add(
        "classifications.csv", loan_no="L001", effective_on="2026-04-01", classification="special_mention"
    )
    deliver(parcel, tmp_path)
    row = LoanClassification.objects.get(loan__loan_no="L001", effective_on="2026-04-01")
    assert (row.classification, row.source) == ("special_mention", FactSource.HISTORY_FILE)


def test_approved_class_is_not_overwritten_by_the_loan_file(standard, tmp_path):
    loan = Loan.objects.get(loan_no="L001")
    LoanClassification.objects.create(
        loan=loan, effective_on="2026-04-01", classification="doubtful", source=FactSource.APPROVAL
    )
    parcel = Parcel.standard().only("loans.csv")
    parcel.change("loans.csv", {"loan_no": "L001"}, classification="special_mention")
    deliver(parcel, tmp_path)
    assert loan.class_history.get(effective_on="2026-04-01").classification == "doubtful"


def test_moved_disbursement_moves_the_first_history_row(standard, tmp_path):
    parcel = Parcel.standard().only("loans.csv")
    parcel.change("loans.csv", {"loan_no": "L001"}, disbursed_on="2025-09-21")
    deliver(parcel, tmp_path)
    assert LoanRegime.objects.get(loan__loan_no="L001").effective_on == D("2025-09-21")


def test_delivered_schedule_replaces_the_old_one(standard, tmp_path):
    parcel = Parcel.standard().only("instalments.csv")
    parcel.tables["instalments.csv"] = parcel.rows("instalments.csv", loan_no="L002")[:6]
    parcel.change("instalments.csv", {"seq": "6"}, principal_due="7000.00")
    report = deliver(parcel, tmp_path)
    assert figures(report, "instalments.csv") == (6, 0, 1, 5, 0)
    assert [r.code for f in report.files for r in f.remarks] == ["removed_instalments"]
    rows = Instalment.objects.filter(loan__loan_no="L002")
    assert [(i.seq, i.principal_due) for i in rows][-1] == (6, 7000)
    assert Instalment.objects.filter(loan__loan_no="L001").count() == 4


def test_schedule_without_some_columns_keeps_them(standard, tmp_path):
    parcel = Parcel.standard().only("instalments.csv").without("instalments.csv", "interest_due")
    parcel.change("instalments.csv", {"loan_no": "L003"}, due_on="2026-03-01")
    assert figures(deliver(parcel, tmp_path), "instalments.csv") == (18, 0, 1, 17, 0)
    row = Instalment.objects.get(loan__loan_no="L003")
    assert (row.due_on, row.interest_due) == (D("2026-03-01"), Decimal("1239.73"))


def test_back_dated_repayment_counts_on_its_own_date(standard, tmp_path):
    parcel = Parcel.standard().only("repayments.csv")
    parcel.tables["repayments.csv"] = []
    parcel.add("repayments.csv", repayment_no="R020", loan_no="L003", paid_on="2026-02-27", amount="51239.73")
    deliver(parcel, tmp_path)
    assert Instalment.objects.get(loan__loan_no="L003").paid_on == D("2026-02-27")


def test_repayment_moved_to_another_loan_touches_both(standard, tmp_path):
    LoanChange.objects.all().delete()
    parcel = Parcel.standard().only("repayments.csv")
    parcel.change("repayments.csv", {"repayment_no": "R002"}, loan_no="L003")
    deliver(parcel, tmp_path)
    assert touched() == ["L001", "L003"]
    assert Instalment.objects.get(loan__loan_no="L001", seq=2).paid_on is None
    assert Instalment.objects.get(loan__loan_no="L003").interest_paid == Decimal("1087.50")
    assert Repayment.objects.count() == 8


def test_balance_of_zero_ends_a_loan_and_a_new_balance_reopens_it(standard, tmp_path):
    zero = Parcel.standard().only("loans.csv").change("loans.csv", {"loan_no": "L002"}, balance="0.00")
    report = deliver(zero, tmp_path)
    loan = Loan.objects.get(loan_no="L002")
    assert (loan.zero_balance_since, loan.ended_on) == (D("2026-04-01"), D("2026-04-01"))
    assert "zero_without_settlement" in {r.code for f in report.files for r in f.remarks}
    deliver(zero.change("loans.csv", {"loan_no": "L001"}, product="x"), tmp_path, "2026-04-02")
    assert Loan.objects.get(loan_no="L002").zero_balance_since == D("2026-04-01")
    deliver(Parcel.standard().only("loans.csv"), tmp_path, "2026-04-03")
    loan = Loan.objects.get(loan_no="L002")
    assert (loan.zero_balance_since, loan.ended_on) == (None, None)


def test_earliest_end_counts_and_extension_leaves_the_guarantee(standard, tmp_path):
    parcel = Parcel.standard().only("loans.csv")
    parcel.change("loans.csv", {"loan_no": "L003"}, written_off_on="2026-03-15", settled_on="2026-04-01")
    parcel.change("loans.csv", {"loan_no": "L001"}, matures_on="2027-09-20")
    deliver(parcel, tmp_path)
    assert Loan.objects.get(loan_no="L003").ended_on == D("2026-03-15")
    assert Guarantee.objects.get(loan__loan_no="L001").expires_on == D("2027-03-20")
    deliver(parcel.change("loans.csv", {"loan_no": "L001"}, matures_on="2026-05-31"), tmp_path, "2026-04-02")
    assert Guarantee.objects.get(loan__loan_no="L001").expires_on == D("2026-11-30")


def test_roles_are_replaced_and_passwords_stay(standard, tmp_path):
    user = User.objects.get(employee_no="E02")
    user.set_password("correct horse")
    user.save()
    parcel = Parcel.standard().only("staff.csv").change("staff.csv", {"employee_no": "E02"}, role="collector")
    parcel.change("staff.csv", {"employee_no": "E02"}, name="主管新")
    deliver(parcel, tmp_path)
    user = User.objects.get(employee_no="E02")
    assert (user.roles, user.name, user.check_password("correct horse")) == ({"collector"}, "主管新", True)
    deliver(parcel.without("staff.csv", "role"), tmp_path, "2026-04-02")
    assert User.objects.get(employee_no="E02").roles == {"collector"}


def test_branch_moves_with_its_subtree(standard, tmp_path):
    parcel = Parcel.standard().only("branches.csv")
    parcel.change("branches.csv", {"branch_no": "S02"}, parent_no="S01")
    assert figures(deliver(parcel, tmp_path), "branches.csv") == (4, 0, 1, 3, 0)
    assert Branch.objects.get(branch_no="S02").path == "/H0/B1/S01/S02/"


def test_rating_of_a_guarantor_and_a_renewed_key(standard, tmp_path):
    parcel = (
        Parcel.standard().only("ratings.csv").change("ratings.csv", {"subject_no": "L001/GU1"}, grade="BB")
    )
    assert figures(deliver(parcel, tmp_path), "ratings.csv") == (2, 0, 1, 1, 0)
    assert Rating.objects.get(subject_no="L001/GU1").grade == "BB"


def test_dry_run_counts_and_leaves_no_trace(tmp_path):
    report = import_delivery(Parcel.standard().write(tmp_path), dry_run=True)
    assert (report.totals()["created"], report.exit_code) == (ROWS, 0)
    assert not any(model.objects.exists() for model in (Delivery, Loan, Branch, BusinessDate, AuditEvent))


def test_workbook_and_zip_bring_the_same_book_as_the_folder(standard, tmp_path):
    for day, path in (
        ("2026-04-01", Parcel.standard().workbook(tmp_path, "2026-04-01")),
        ("2026-04-02", Parcel.standard().zip(tmp_path, "2026-04-02")),
    ):
        report = import_delivery(path)
        assert (report.business_date, report.exit_code) == (D(day), 0), report.as_text()
        assert report.totals()["unchanged"] == ROWS, report.as_text()


def test_progress_reaches_the_end(tmp_path):
    seen = []
    import_delivery(
        Parcel.standard().write(tmp_path), progress=lambda done, total, what: seen.append((done, total))
    )
    assert [done for done, _total in seen] == sorted(done for done, _total in seen)
    assert seen[-1][0] == seen[-1][1]
