"""The words of the handbook: what a code is called, which group it belongs to, what its clause says.

Everything is a message of the catalogue, so that a page shows it in the reader's language. A code that the
back office added has no entry here and shows the title of its rule.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

TITLES: Mapping[str, Any] = {
    "LEDGER_EVENT": _("Enter the movement in the loan ledger"),
    "LEDGER_YEAR_END": _("Carry the year's ledger forward, print and sign it"),
    "LOG_ENTRY": _("Write and submit the work log"),
    "LOG_REVIEW": _("Review and return the work log"),
    "LOG_MONTHLY_MIN": _("Write the month's work logs"),
    "GROUP_HALF_YEAR": _("Exchange the half-year's group information"),
    "GROUP_EVENT": _("Share the event report with the lead branch"),
    "RATING_ANNUAL": _("Renew the annual credit rating"),
    "RATING_DYNAMIC": _("Submit the event-driven rating change"),
    "RATING_QUARTERLY_REVIEW": _("Review the rating for the quarter"),
    "CLASSIFY_EVENT": _("Adjust the five-category classification"),
    "MATURITY_NOTICE": _("Send the maturity notice"),
    "MATURITY_CHECK": _("Check repayment on the maturity date"),
    "DUN_PRINCIPAL": _("Send the dunning notice for the matured loan"),
    "GUARANTOR_NOTICE": _("Send the guarantor demand notice"),
    "INTEREST_REMINDER": _("Remind the borrower of the interest date"),
    "INTEREST_CHECK": _("Check payment on the interest date"),
    "DUN_INTEREST": _("Send the dunning notice for unpaid interest"),
    "NPL_DUN": _("Dun the non-performing borrower this month"),
    "BREACH_REPORT": _("Report the payment default"),
    "COLLATERAL_CHECK": _("Check the collateral on site"),
    "EVENT_REPORT": _("Submit the major event report"),
    "FIRST_INSPECTION": _("Carry out the first inspection"),
    "REPORT_MONTH": _("Write the monthly inspection report"),
    "REPORT_QUARTER": _("Write the quarterly inspection report"),
    "REPORT_HALF": _("Write the half-year inspection report"),
    "REPORT_YEAR": _("Write the annual inspection report"),
    "OVERALL_REPORT": _("Submit the quarterly overall report"),
    "SUPERVISION_VISIT": _("Visit the branch on supervision"),
    "RESUBMIT": _("Correct and resubmit the returned record"),
    "FUND_POST_CHECK": _("Verify the use of funds after payment"),
    "GUARANTEE_EXPIRY": _("Act before the guarantee period ends"),
    "LIMITATION_EXPIRY": _("Interrupt the limitation period before it ends"),
}

GROUPS: Mapping[str, tuple[Any, tuple[str, ...]]] = {
    "inspection": (
        _("Inspections and reports"),
        (
            "FIRST_INSPECTION",
            "REPORT_MONTH",
            "REPORT_QUARTER",
            "REPORT_HALF",
            "REPORT_YEAR",
            "COLLATERAL_CHECK",
            "FUND_POST_CHECK",
        ),
    ),
    "log": (_("Work logs"), ("LOG_ENTRY", "LOG_REVIEW", "LOG_MONTHLY_MIN")),
    "payment": (
        _("Maturity and interest"),
        ("MATURITY_NOTICE", "MATURITY_CHECK", "INTEREST_REMINDER", "INTEREST_CHECK"),
    ),
    "dunning": (
        _("Dunning and breach"),
        ("DUN_PRINCIPAL", "DUN_INTEREST", "GUARANTOR_NOTICE", "NPL_DUN", "BREACH_REPORT"),
    ),
    "rating": (
        _("Rating and class"),
        ("RATING_ANNUAL", "RATING_DYNAMIC", "RATING_QUARTERLY_REVIEW", "CLASSIFY_EVENT"),
    ),
    "event": (_("Events and groups"), ("EVENT_REPORT", "GROUP_EVENT", "GROUP_HALF_YEAR")),
    "legal": (_("Legal dates"), ("GUARANTEE_EXPIRY", "LIMITATION_EXPIRY")),
    "branch": (
        _("Ledger and branch reports"),
        ("LEDGER_EVENT", "LEDGER_YEAR_END", "OVERALL_REPORT", "SUPERVISION_VISIT"),
    ),
    "return": (_("Returned records"), ("RESUBMIT",)),
}

CLAUSES: Mapping[str, Any] = {
    "LED-1/2": _(
        "On the day of disbursement the full details of the loan are entered in the ledger; repayment, "
        "extension, rate change, change of guarantee and settlement are entered on the day as well."
    ),
    "LED-3": _(
        "Within 20 working days after the end of a fiscal year the balance of every loan is carried "
        "forward; last year's ledger is printed, signed by the officer and by the head of the corporate "
        "department, and kept electronically."
    ),
    "LOG-1": _(
        "Within 2 working days after an on-site check, a data analysis or a collection of documents it is"
        " recorded in the work log and submitted to the supervisor."
    ),
    "LOG-2": _(
        "The supervisor signs an opinion within 2 working days after receiving the work log and returns it."
    ),
    "LOG-3": _("At least one or two work logs are written for every borrower every month."),
    "GRP-2": _(
        "The lead branch and the participating branches exchange routine information every half-year."
    ),
    "GRP-3": _(
        "On a major event or a warning signal the participating branch shares the report with the lead "
        "branch within 2 working days after it was formed."
    ),
    "RAT-1": _(
        "In the new fiscal year the credit ratings of the borrower and of the guarantor are renewed in time."
    ),
    "RAT-2": _(
        "When a major change occurs, the dynamic rating change is submitted within 15 working days after "
        "the information was obtained."
    ),
    "RAT-3": _("The relationship manager reviews the debtor's credit rating every quarter."),
    "CLS-1": _(
        "When something is found that affects the result of the risk classification, the class is "
        "adjusted in real time."
    ),
    "RPY-1": _("One month before the loan matures the borrower is sent the maturity notice."),
    "RPY-3": _("On the day of maturity it is checked actively whether the borrower has repaid on time."),
    "RPY-5": _(
        "Within 10 working days after maturity the dunning notice is sent to the borrower in arrears and "
        "the demand notice to every guarantor."
    ),
    "INT-1": _(
        "10 working days before the interest date the borrower is urged by telephone, in writing or on site."
    ),
    "INT-2": _(
        "On the day interest is collected it is checked actively whether the borrower has paid on time."
    ),
    "INT-3": _(
        "If interest is not paid on time it is dunned at once, and within 5 working days after the "
        "collection date the dunning notice is sent to the borrower."
    ),
    "NPL-1": _(
        "Until a non-performing loan is handed over it is dunned at least once a month, and the debt and "
        "the guarantee are kept confirmed."
    ),
    "BRC-1": _(
        "Branches at every level appoint a post that monitors principal and interest; any default is "
        "reported to the head of the corporate department at once."
    ),
    "CLT-1": _("All collateral is checked on site at least once a year: title, insurance and condition."),
    "EVT-1": _(
        "The major event report is submitted within 1 working day after the event is known for certain, "
        "signed at three levels, and filed with the risk department and the upper-level branch."
    ),
    "INS-1": _(
        "In principle a post-loan inspection is carried out within one month after disbursement, with "
        "attention to the use of the loan and the borrower's business, and recorded in the work log."
    ),
    "INS-3": _(
        "Within 15 working days after every quarter or half-year the quarterly or half-yearly inspection "
        "report is completed (regular regime: normal half-yearly, special mention quarterly)."
    ),
    "INS-3/5": _(
        "Within 15 working days after every quarter the quarterly inspection report is completed (regular"
        " regime: special mention; key regime: normal)."
    ),
    "INS-4": _(
        "Within 20 working days after the end of a fiscal year the annual inspection report is completed."
    ),
    "INS-5": _(
        "Key regime: normal loans at least quarterly, special-mention and non-performing loans at least "
        "monthly; the monthly report is due within 10 working days after the month, the quarterly within "
        "15."
    ),
    "OVR-1": _(
        "Every quarter the overall state of post-loan management of the branch and its subordinate "
        "branches is reported to the upper-level branch."
    ),
    "SUP-6/7": _(
        "Every subordinate branch is inspected on site at least once in two years; the coverage of a year"
        " is not below 40 %."
    ),
    "CAL-9": _(
        "A returned record is corrected and submitted again within 2 working days; the first submission "
        "decides whether it was on time."
    ),
    "FND-3": _(
        "The monitoring of fund flows consists of a check before payment and a verification after payment."
    ),
    "Civil Code 692": _(
        "The guarantee period is the agreed one; without a clear agreement it is six months from the day "
        "the principal debt falls due. It is never suspended, interrupted or extended."
    ),
    "Civil Code 188/189": _(
        "The limitation period is three years from the day the creditor knew; for a debt in instalments "
        "it runs from the last instalment's due date. A demand interrupts it."
    ),
}

# Clauses outside the handbook have names that read differently in each language.
LAWS: Mapping[str, Any] = {
    "Civil Code 692": _("Civil Code 692"),
    "Civil Code 188/189": _("Civil Code 188/189"),
}

ANCHORS: Mapping[str, Any] = {
    "ledger_event": _("the ledger event"),
    "year_end": _("the end of the year"),
    "previous_year_end": _("the end of the previous year"),
    "half_year_end": _("the end of the half-year"),
    "quarter_end": _("the end of the quarter"),
    "month_end": _("the end of the month"),
    "activity_end": _("the end of the activity"),
    "submission": _("the submission"),
    "returned": _("the return of the record"),
    "report_formed": _("the report's first submission"),
    "information_obtained": _("the day the information was obtained"),
    "adverse_fact_known": _("the day the adverse fact was known"),
    "event_known": _("the day the event was known for certain"),
    "maturity": _("the maturity date"),
    "interest_due": _("the interest date"),
    "first_unpaid_due": _("the first unpaid due date"),
    "last_check_or_disbursement": _("the last check, or the disbursement"),
    "disbursement": _("the disbursement"),
    "payment": _("the payment"),
    "principal_due": _("the day the principal falls due"),
    "last_instalment_due": _("the last instalment's due date"),
}

SIGNATURE = _("Sign: %(kind)s, level %(level)s")

# What is signed; a kind that is not named here shows its code in words.
SIGNED: Mapping[str, Any] = {
    "DUTY_WAIVER": _("Waiver of a duty"),
    "CALENDAR_CHANGE": _("Change of the calendar"),
    "PARAMETER_PUBLICATION": _("Publication of a policy"),
    "INSPECTION_REPORT": _("Inspection report"),
    "INSPECTION_REPORT_KEY": _("Inspection report"),
}


def title(code: str, fallback: str = "") -> str:
    """What a duty's code is called in the reader's language."""
    if code in TITLES:
        return str(TITLES[code])
    if code.startswith("SIGN_"):
        kind, _sep, level = code.removeprefix("SIGN_").rpartition("_")
        return str(SIGNATURE) % {"kind": signed(kind), "level": level}
    return fallback or code


def signed(kind: str) -> str:
    """A kind of approval in words."""
    return str(SIGNED.get(kind) or kind.replace("_", " ").capitalize())


def clause_name(clause: str) -> str:
    """The clause as it is quoted: the handbook's own numbers stay, a law has its name."""
    return str(LAWS.get(clause, clause))


def clause_text(clause: str) -> str:
    """What the clause says, in short; empty for one that is not in the handbook's list."""
    return str(CLAUSES.get(clause, ""))


def group_codes(group: str) -> tuple[str, ...]:
    """The codes of a group; nothing for an unknown one."""
    return GROUPS[group][1] if group in GROUPS else ()
