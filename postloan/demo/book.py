"""What the core system says, each statement with the day from whose close on it knows it.

A delivery dated D is then no more than "the newest version of every row that became known since the
delivery before"; the first one is the whole book. So the days cannot contradict each other.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

Value = str | int | Decimal | date | bool | None
Row = Mapping[str, Value]
Fact = tuple[date, Row]
"""A row that never changes, with the day on which it became known."""

COLUMNS: dict[str, tuple[str, ...]] = {
    "branches": ("branch_no", "name", "level", "parent_no"),
    "staff": ("employee_no", "name", "branch_no", "role", "email"),
    "groups": ("group_no", "name", "lead_branch_no"),
    "borrowers": (
        *("borrower_no", "name", "borrower_type", "segment", "id_no", "industry", "registered_address"),
        *("legal_representative", "phone", "group_no", "branch_no", "officer_no", "rating", "rated_on"),
    ),
    "loans": (
        *("loan_no", "contract_no", "borrower_no", "branch_no", "officer_no", "product", "purpose"),
        *("currency", "principal", "balance", "disbursed_on", "matures_on", "annual_rate_pct"),
        *("repayment_method", "interest_cycle", "day_count", "regime", "classification", "is_renewal"),
        *("settled_on", "written_off_on", "written_off_amount", "original_matures_on"),
        *("renewed_from_loan_no", "transferred_on", "technical_overdue"),
    ),
    "regimes": ("loan_no", "effective_on", "regime"),
    "classifications": ("loan_no", "effective_on", "classification", "reason"),
    "guarantees": (
        *("loan_no", "guarantor_no", "name", "guarantor_type", "liability", "amount"),
        *("period_ends_on", "phone", "address"),
    ),
    "collaterals": (
        *("collateral_no", "loan_no", "kind", "description", "owner_name", "appraised_value"),
        *("appraised_on", "max_ltv_pct", "insured_until", "insurer", "beneficiary", "last_checked_on"),
    ),
    "instalments": ("loan_no", "seq", "due_on", "principal_due", "interest_due"),
    "repayments": (
        *("repayment_no", "loan_no", "paid_on", "amount", "principal", "interest", "penalty", "channel"),
    ),
    "account_flows": (
        *("flow_no", "borrower_no", "loan_no", "booked_on", "direction", "amount"),
        *("counterparty_name", "counterparty_account", "counterparty_relation", "purpose"),
    ),
    "financials": ("borrower_no", "period_end", "statement", "item", "value"),
    "ratings": ("subject_no", "rated_on", "grade", "kind"),
    "indicators": ("borrower_no", "kind", "observed_on", "value", "source"),
}
"""The files of a delivery with their columns (contracts section 2), in the order they refer to each other."""


class Book:
    """The core system's statements by file, in the order in which they were made."""

    def __init__(self) -> None:
        self._versions: dict[str, list[tuple[date, object, list[Row]]]] = defaultdict(list)

    def tell(self, file: str, known_on: date, key: object, *rows: Row) -> None:
        """From the close of `known_on` on, these rows are what the file says under the key."""
        self._versions[file].append((known_on, key, list(rows)))

    def tell_all(self, file: str, facts: Iterable[Fact]) -> None:
        """Add rows that never change."""
        for known_on, row in facts:
            self.tell(file, known_on, len(self._versions[file]), row)

    def delivery(self, after: date | None, on: date) -> dict[str, list[Row]]:
        """The rows that a delivery of day `on` holds when the last one was that of `after`, by file."""
        return {file: rows for file in COLUMNS if (rows := self._news(file, after or date.min, on))}

    def _news(self, file: str, after: date, on: date) -> list[Row]:
        newest: dict[object, tuple[date, list[Row]]] = {}
        for known_on, key, rows in self._versions[file]:
            known = after < known_on <= on
            if known and (key not in newest or known_on >= newest[key][0]):
                newest[key] = (known_on, rows)
        return [row for _, rows in newest.values() for row in rows]
