"""The files of a delivery, parents before children (contracts, section 2).

``column=field`` where the two differ. Types, codes, lengths and what is mandatory follow from the fields; a
column that fills a foreign key holds the number of a row of another file.
"""

from loans.importers.columns import FileSpec, Model, spec, target
from loans.models import (
    AccountFlow,
    Borrower,
    BorrowerGroup,
    Collateral,
    CollateralLoan,
    FinancialItem,
    Guarantee,
    Indicator,
    Instalment,
    Loan,
    LoanClassification,
    LoanRegime,
    Rating,
    Repayment,
)
from org.models import Branch, RoleAssignment, User

BRANCHES = spec("branches.csv", target(Branch, "branch_no", "branch_no name level parent_no=parent"))
STAFF = spec(
    "staff.csv",
    target(User, "employee_no", "employee_no name branch_no=branch email"),
    several={"role": RoleAssignment},
)
GROUPS = spec("groups.csv", target(BorrowerGroup, "group_no", "group_no name lead_branch_no=lead_branch"))
BORROWERS = spec(
    "borrowers.csv",
    target(
        Borrower,
        "borrower_no",
        """borrower_no name borrower_type segment id_no industry registered_address legal_representative phone
        group_no=group branch_no=branch officer_no=officer rating rated_on""",
    ),
)
LOANS = spec(
    "loans.csv",
    target(
        Loan,
        "loan_no",
        """loan_no contract_no borrower_no=borrower branch_no=branch officer_no=officer product purpose
        currency principal balance disbursed_on matures_on annual_rate_pct repayment_method interest_cycle
        day_count regime=delivered_regime classification=delivered_class is_renewal settled_on written_off_on
        written_off_amount original_matures_on renewed_from_loan_no transferred_on technical_overdue""",
    ),
)
REGIMES = spec("regimes.csv", target(LoanRegime, "loan_no effective_on", "loan_no=loan effective_on regime"))
CLASSIFICATIONS = spec(
    "classifications.csv",
    target(LoanClassification, "loan_no effective_on", "loan_no=loan effective_on classification reason"),
)
GUARANTEES = spec(
    "guarantees.csv",
    target(
        Guarantee,
        "loan_no guarantor_no",
        """loan_no=loan guarantor_no name guarantor_type liability amount period_ends_on phone address""",
    ),
)
COLLATERALS = spec(
    "collaterals.csv",
    target(
        Collateral,
        "collateral_no",
        """collateral_no kind description owner_name appraised_value appraised_on max_ltv_pct insured_until
        insurer beneficiary last_checked_on""",
        shared=True,
    ),
    target(CollateralLoan, "collateral_no loan_no", "collateral_no=collateral loan_no=loan"),
)
REPAYMENTS = spec(
    "repayments.csv",
    target(
        Repayment,
        "repayment_no",
        "repayment_no loan_no=loan paid_on amount principal interest penalty channel",
    ),
)
INSTALMENTS = spec(
    "instalments.csv",
    target(Instalment, "loan_no seq", "loan_no=loan seq due_on principal_due interest_due"),
)
FLOWS = spec(
    "account_flows.csv",
    target(
        AccountFlow,
        "flow_no",
        """flow_no borrower_no=borrower loan_no=loan booked_on direction amount counterparty_name
        counterparty_account counterparty_relation purpose""",
    ),
)
FINANCIALS = spec(
    "financials.csv",
    target(
        FinancialItem,
        "borrower_no period_end statement item",
        "borrower_no=borrower period_end statement item value",
    ),
    signed=frozenset({"value"}),
)
RATINGS = spec("ratings.csv", target(Rating, "subject_no rated_on kind", "subject_no rated_on grade kind"))
INDICATORS = spec(
    "indicators.csv",
    target(Indicator, "borrower_no kind observed_on", "borrower_no=borrower kind observed_on value source"),
    signed=frozenset({"value"}),
)

FILES: dict[str, FileSpec] = {
    file.name: file
    for file in (
        BRANCHES,
        STAFF,
        GROUPS,
        BORROWERS,
        LOANS,
        REGIMES,
        CLASSIFICATIONS,
        GUARANTEES,
        COLLATERALS,
        REPAYMENTS,
        INSTALMENTS,
        FLOWS,
        FINANCIALS,
        RATINGS,
        INDICATORS,
    )
}
FILE_OF_MODEL: dict[Model, FileSpec] = {file.model: file for file in FILES.values()}

# Columns of a reject file; they say what was wrong and are not read back.
REJECT_COLUMNS = ("line", "column", "value", "reason")
