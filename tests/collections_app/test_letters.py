"""What letters say, worked out by hand, and that they are printed as they were issued."""

import datetime as dt
import hashlib
import shutil
import subprocess
from decimal import Decimal

import pytest

from collections_app.selectors.cases import load_cases, load_duties
from collections_app.selectors.letters import letter_context
from collections_app.services.issuing import issue_notice
from documents import pdf
from duties.models import Duty
from tests.builders import build_instalment, build_loan
from tests.collections_app.letters import TODAY, customer, dun, guarantee, matured_loan, start

pytestmark = pytest.mark.django_db


@pytest.fixture
def bank(settings, cast):
    settings.BANK_NAME = "华昌银行"
    start()
    return cast


def context_of(duty):
    (case,) = load_cases(list(load_duties(Duty.objects.filter(pk=duty.pk))))
    return letter_context(case, TODAY)


def test_dunning_of_a_matured_loan_names_what_is_unpaid(bank):
    duty = dun(bank, matured_loan(customer(bank)))
    said = context_of(duty)
    (total,) = said["totals"]
    assert said["title"] == "逾期贷款催收通知书"
    assert said["addressee"] == "鞍山轴承有限公司"
    assert (said["due_on"], said["as_of"], said["pay_by"]) == (
        "2026年5月25日",
        "2026年6月2日",
        "2026年6月10日",
    )
    assert total["principal"]["digits"] == "100,000.00"
    assert total["interest"]["digits"] == "1,000.06"  # 1,234.56 less the part payment of 234.50
    assert total["total"]["capitals"] == "人民币壹拾万壹仟元零陆分"
    assert total["since"] == "2026年5月25日"


def test_what_is_not_due_yet_is_not_dunned(bank):
    loan = build_loan("L-A", customer(bank), disbursed="2025-05-25", matures="2027-05-25")
    build_instalment(loan, "2026-05-20", interest="321.00")
    build_instalment(loan, TODAY.isoformat(), interest="322.00")  # due today: overdue from tomorrow
    build_instalment(loan, "2027-05-25", interest="323.00", principal="100000.00")
    said = context_of(dun(bank, loan, "DUN_INTEREST", anchor=dt.date(2026, 5, 20)))
    assert said["totals"][0]["total"]["digits"] == "321.00"
    assert said["title"] == "欠息催收通知书"


def test_maturity_notice_names_what_falls_due_then(bank):
    loan = build_loan("L-A", customer(bank), disbursed="2025-07-01", matures="2026-07-01")
    build_instalment(loan, "2026-03-20", interest="500.00", paid="2026-03-20")
    build_instalment(loan, "2026-07-01", interest="450.50", principal="100000.00")
    said = context_of(dun(bank, loan, "MATURITY_NOTICE"))
    assert said["due"]["principal"]["digits"] == "100,000.00"
    assert said["due"]["interest"]["digits"] == "450.50"
    assert said["due"]["total"]["capitals"] == "人民币壹拾万零肆佰伍拾元伍角整"
    assert said["overdue"] is False


def test_loan_without_a_schedule_owes_its_balance_at_maturity(bank):
    loan = build_loan("L-A", customer(bank), disbursed="2025-05-25", matures="2026-05-25")
    loan.balance = Decimal("88000.00")
    loan.save(update_fields=["balance"])
    said = context_of(dun(bank, loan))
    assert said["totals"][0]["principal"]["digits"] == "88,000.00"


def test_interest_reminder_names_the_next_instalment(bank):
    loan = build_loan("L-A", customer(bank), disbursed="2025-05-25", matures="2027-05-25")
    build_instalment(loan, "2026-06-20", interest="377.01", principal="1000.00")
    said = context_of(dun(bank, loan, "INTEREST_REMINDER", anchor=dt.date(2026, 6, 20)))
    assert (said["due"]["interest"]["digits"], said["due"]["principal"]["digits"]) == ("377.01", "1,000.00")


def test_demand_to_a_guarantor_names_period_limit_and_debt(bank):
    loan = matured_loan(customer(bank))
    guarantee(loan, amount=Decimal("60000.00"))
    said = context_of(dun(bank, loan, "GUARANTOR_NOTICE", subject_no="L-A/G-1"))
    assert (said["addressee"], said["personal"], said["you"]) == ("王建国", True, "您")
    assert (said["borrower"], said["liability"]) == ("鞍山轴承有限公司", "连带责任保证")
    assert said["limit"]["capitals"] == "人民币陆万元整"
    assert (said["period_ends_on"], said["in_period"]) == ("2026年11月25日", True)
    assert said["totals"][0]["total"]["digits"] == "101,000.06"


def test_monthly_dunning_adds_loans_up_by_currency(bank):
    borrower = customer(bank)
    first, second = matured_loan(borrower), matured_loan(borrower, "L-B")
    dollars = matured_loan(borrower, "L-C")
    dollars.currency = "USD"
    dollars.save(update_fields=["currency"])
    duty = dun(
        bank,
        first,
        "NPL_DUN",
        anchor=dt.date(2026, 6, 30),
        subject_no="C-A",
        loans=f"{second.loan_no};{first.loan_no};L-C",
    )
    said = context_of(duty)
    assert [loan["loan_no"] for loan in said["loans"]] == ["L-A", "L-B", "L-C"]
    assert [total["total"]["digits"] for total in said["totals"]] == ["202,000.12", "101,000.06"]
    assert said["totals"][1]["total"]["capitals"].startswith("美元")
    assert said["month"] == "2026年6月"


@pytest.fixture
def issued(bank):
    loan = matured_loan(customer(bank))
    return issue_notice(dun(bank, loan), actor=bank.rm_a, business_date=TODAY).document


def test_text_names_number_and_leaves_penalty_to_the_core_system(issued):
    text = pdf.body(issued)
    assert issued.number == "YQCS-S01-2026-000001"
    for words in (
        issued.number,
        "鞍山轴承有限公司",
        "101,000.06",
        "罚息、复利未列入上表",
        "回&emsp;执",
        "公章",
    ):
        assert words in text


def test_names_are_never_read_as_markup(bank):
    loan = matured_loan(customer(bank, name="<b>&甲</b>"))
    notice = issue_notice(dun(bank, loan), actor=bank.rm_a, business_date=TODAY)
    assert "&lt;b&gt;&amp;甲&lt;/b&gt;" in pdf.body(notice.document)


def test_same_document_gives_the_same_bytes_with_number_hash_and_pages(issued, tmp_path):
    first, second = pdf.render([issued]), pdf.render([issued])
    assert first.startswith(b"%PDF-")
    assert hashlib.sha256(first).digest() == hashlib.sha256(second).digest()
    if shutil.which("pdftotext"):
        text = text_of(first, tmp_path)
        for words in (
            issued.number,
            issued.content_sha256[: pdf.SHORT],
            "第1版",
            "第1页共1页",
            "101,000.06",
        ):
            assert words in text


def text_of(content, folder):
    """The PDF's text without the white space that its layout asks for."""
    file = folder / "letter.pdf"
    file.write_bytes(content)
    found = subprocess.run(["pdftotext", file, "-"], capture_output=True, text=True, check=True).stdout
    return "".join(found.split())


def test_one_pdf_of_several_letters_numbers_each_by_itself(bank, tmp_path):
    borrower = customer(bank)
    documents = [
        issue_notice(
            dun(bank, matured_loan(borrower, f"L-{n}")), actor=bank.rm_a, business_date=TODAY
        ).document
        for n in range(3)
    ]
    told = []
    content = pdf.render(documents, lambda done, total: told.append((done, total)))
    assert told == [(1, 3), (2, 3), (3, 3)]
    if shutil.which("pdftotext"):
        assert text_of(content, tmp_path).count("第1页共1页") == 3
