from loans.models.classification import (
    FloorProposal,
    FloorRule,
    LoanClassification,
    LoanRegime,
    LoanStatus,
)
from loans.models.delivery import Delivery, DeliveryFile
from loans.models.facts import (
    AccountFlow,
    Borrower,
    BorrowerGroup,
    Collateral,
    CollateralLoan,
    FinancialItem,
    Guarantee,
    Indicator,
    Rating,
)
from loans.models.loan import Instalment, Loan, LoanChange, Repayment

__all__ = [
    "AccountFlow",
    "Borrower",
    "BorrowerGroup",
    "Collateral",
    "CollateralLoan",
    "Delivery",
    "DeliveryFile",
    "FinancialItem",
    "FloorProposal",
    "FloorRule",
    "Guarantee",
    "Indicator",
    "Instalment",
    "Loan",
    "LoanChange",
    "LoanClassification",
    "LoanRegime",
    "LoanStatus",
    "Rating",
    "Repayment",
]
