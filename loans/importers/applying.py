"""Bringing a checked delivery into the book, in one transaction, parents before children."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from core.staging import Staging, cents
from loans.enums import FactSource
from loans.importers.columns import FileSpec
from loans.importers.contract import (
    BORROWERS,
    BRANCHES,
    CLASSIFICATIONS,
    COLLATERALS,
    FINANCIALS,
    FLOWS,
    GROUPS,
    GUARANTEES,
    INDICATORS,
    INSTALMENTS,
    LOANS,
    RATINGS,
    REGIMES,
    REPAYMENTS,
    STAFF,
)
from loans.importers.loading import Staged
from loans.importers.merging import Merge, Moment
from loans.services.allocation import BOOK_SCHEDULE, SETTLED, TOUCHED, settle
from loans.services.derivation import (
    NEXT_DUES,
    advance_new_loans,
    create_touched,
    guarantee_periods,
    put_in_play,
    refresh_instalments,
    tighten_guarantees,
    touch,
)
from org.importers import assign_roles
from org.services import rebuild_paths, rebuild_role_holders

Tell = Callable[[str], None]
SCHEDULED = "scheduled_loans"  # loans whose schedule the delivery brings


@dataclass
class Counts:
    """What became of the good rows of a file."""

    created: int = 0
    changed: int = 0


@dataclass
class Application:
    """One delivery on its way into the book."""

    area: Staging
    files: Mapping[str, Staged]
    moment: Moment
    tell: Tell
    counts: dict[str, Counts] = field(default_factory=dict)
    removed_instalments: int = 0

    def run(self) -> None:
        """Apply everything; call it inside a transaction."""
        create_touched(self.area)
        self.organisation()
        for spec in (GROUPS, BORROWERS):
            self.merge(spec)
        self.loans()
        self.histories()
        self.securities()
        self.repayments()
        self.schedules()
        for spec in (FLOWS, FINANCIALS, INDICATORS):
            self.merge(spec)
        self.ratings()
        put_in_play(self.area, "import")

    def merge(self, spec: FileSpec) -> list[Merge]:
        """Compare and write every target of a file; nothing when the delivery lacks it."""
        if spec.name not in self.files:
            return []
        self.tell(spec.name)
        merges = [Merge(self.area, self.files[spec.name], target, self.moment) for target in spec.targets]
        for merge in merges:
            merge.compare()
            merge.write()
        self.count(spec, merges)
        return merges

    def count(self, spec: FileSpec, merges: list[Merge]) -> None:
        """Rows are new when their last target is; they changed when an earlier one did."""
        created, changed = merges[-1].counts()
        for merge in merges:
            self.area.analyze(merge.target.table, created)
        for shared in merges[:-1]:
            changed += int(
                self.area.value(
                    f"SELECT COUNT(*) FROM (SELECT line FROM {shared.delta} "
                    f"EXCEPT SELECT line FROM {merges[-1].delta}) q"
                )
            )
        self.counts[spec.name] = Counts(created, changed)

    # --- branches and staff -----------------------------------------------------------------
    def organisation(self) -> None:
        """Branches come twice: a new branch's parent may be new itself, and has no id the first time."""
        if self.merge(BRANCHES):
            counts = self.counts[BRANCHES.name]
            self.merge(BRANCHES)
            self.counts[BRANCHES.name] = counts
            rebuild_paths()
        if self.merge(STAFF) and self.files[STAFF.name].has("role"):
            rows = self.area.rows(f"SELECT employee_no, role FROM {STAFF.stage} WHERE NOT bad")
            assign_roles({no: (roles or "").split(";") for no, roles in rows})
        if BRANCHES.name in self.files or STAFF.name in self.files:
            rebuild_role_holders()

    # --- loans and their histories ----------------------------------------------------------
    def loans(self) -> None:
        self.next_dues()
        if self.merge(LOANS):
            touch(
                self.area,
                "SELECT l.id AS loan_id, d.target_id IS NULL AS fresh FROM delta_loan d "
                "JOIN loans_loan l ON l.loan_no = d.loan_no",
                is_new="fresh",
            )
        if BORROWERS.name in self.files:
            touch(
                self.area,
                "SELECT l.id AS loan_id FROM delta_borrower d "
                "JOIN loans_loan l ON l.borrower_id = d.target_id",
            )

    def next_dues(self) -> None:
        """What is due next on each delivered schedule, without a look at the repayments."""
        if self.files.get(INSTALMENTS.name) and self.files[INSTALMENTS.name].has("due_on"):
            self.area.create_as(
                NEXT_DUES,
                f"SELECT loan_no, MIN(due_on) AS due_on FROM {INSTALMENTS.stage} "
                f"WHERE NOT bad AND due_on > {self.area.date(self.moment.day)} GROUP BY loan_no",
                index="loan_no",
            )
        else:
            self.area.create(NEXT_DUES, {"loan_no": "text", "due_on": "date"})

    def histories(self) -> None:
        """Delivered histories first; then what the loan file says by itself (contracts, Semantics)."""
        for spec in (REGIMES, CLASSIFICATIONS):
            for merge in self.merge(spec):
                touch(self.area, f"SELECT loan_id FROM {merge.delta}")
        if LOANS.name in self.files:
            self.loan_file_history("loans_loanregime", "regime", "delivered_regime")
            self.loan_file_history("loans_loanclassification", "classification", "delivered_class")

    def loan_file_history(self, table: str, column: str, delivered: str) -> None:
        """Without history rows a new loan's value holds from disbursement, a changed one from the delivery.

        A history row wins on its date, and so does an approval; a second delivery of the same date corrects.
        """
        source = self.area.text(FactSource.LOAN_FILE)
        extra = ", reason" if column == "classification" else ""
        empty = ", ''" if extra else ""
        self.area.execute(
            f"INSERT INTO {table} (loan_id, effective_on, {column}, source{extra}) "
            f"SELECT l.id, l.disbursed_on, l.{delivered}, {source}{empty} FROM loans_loan l "
            f"JOIN {TOUCHED} x ON x.loan_id = l.id WHERE x.is_new "
            f"AND NOT EXISTS (SELECT 1 FROM {table} h WHERE h.loan_id = l.id)"
        )
        self.area.execute(
            f"UPDATE {table} SET effective_on = d.disbursed_on FROM delta_loan d "
            f"WHERE {table}.loan_id = d.target_id AND {table}.effective_on = d.old_disbursed_on "
            f"AND {table}.source = {source} AND d.disbursed_on <> d.old_disbursed_on AND NOT EXISTS "
            f"(SELECT 1 FROM {table} h WHERE h.loan_id = d.target_id AND h.effective_on = d.disbursed_on)"
            if self.files[LOANS.name].has("disbursed_on")
            else "SELECT 1"
        )
        if not self.files[LOANS.name].has(column):
            return
        self.area.execute(
            f"INSERT INTO {table} (loan_id, effective_on, {column}, source{extra}) "
            f"SELECT d.target_id, {self.area.date(self.moment.day)}, d.{delivered}, {source}{empty} "
            f"FROM delta_loan d WHERE d.target_id IS NOT NULL AND d.{delivered} <> d.old_{delivered} "
            f"ON CONFLICT (loan_id, effective_on) DO UPDATE SET {column} = excluded.{column} "
            f"WHERE {table}.source = {source}"
        )

    # --- guarantees and collateral ----------------------------------------------------------
    def securities(self) -> None:
        if GUARANTEES.name in self.files:
            guarantee_periods(
                self.area,
                f"SELECT l.id FROM {GUARANTEES.stage} s JOIN loans_loan l ON l.loan_no = s.loan_no",
            )
        for merge in self.merge(GUARANTEES):
            touch(self.area, f"SELECT loan_id FROM {merge.delta}")
        tighten_guarantees(self.area)
        if self.merge(COLLATERALS):
            touch(self.area, "SELECT loan_id FROM delta_collateralloan")
            touch(
                self.area,
                "SELECT k.loan_id FROM delta_collateral d "
                "JOIN loans_collateralloan k ON k.collateral_id = d.target_id",
            )

    def ratings(self) -> None:
        """A rating puts the loans of its borrower, or the guaranteed loan, in play."""
        for merge in self.merge(RATINGS):
            loan_no = self.area.before("d.subject_no", "/")
            touch(
                self.area,
                f"SELECT l.id AS loan_id FROM {merge.delta} d JOIN loans_borrower b "
                "ON b.borrower_no = d.subject_no JOIN loans_loan l ON l.borrower_id = b.id UNION ALL "
                f"SELECT l.id FROM {merge.delta} d JOIN loans_loan l ON l.loan_no = {loan_no}",
            )

    # --- money ------------------------------------------------------------------------------
    def repayments(self) -> None:
        for merge in self.merge(REPAYMENTS):
            touch(self.area, f"SELECT loan_id FROM {merge.delta} UNION SELECT old_loan_id FROM {merge.delta}")

    def schedules(self) -> None:
        """Instalments are written once, with what has been paid on them already worked out."""
        merge = self.compare_schedules()
        whole = merge is not None and set(merge.target.fields) <= set(merge.columns)
        if merge is not None and not whole:
            merge.write()
        self.area.prepare(TOUCHED)
        settle(self.area, f"{DELIVERED_SCHEDULE} UNION ALL {UNDELIVERED}" if whole else BOOK_SCHEDULE)
        if merge is not None and whole:
            merge.write(
                joined=f"LEFT JOIN {SETTLED} x ON x.loan_id = d.loan_id AND x.seq = d.seq",
                extra={
                    "principal_paid": "COALESCE(x.principal_paid, 0)",
                    "interest_paid": "COALESCE(x.interest_paid, 0)",
                    "paid_on": "x.paid_on",
                },
            )
            self.area.analyze(merge.target.table, self.counts[INSTALMENTS.name].created)
        refresh_instalments(self.area)
        advance_new_loans(self.area, self.moment.day)

    def compare_schedules(self) -> Merge | None:
        """What is new, changed or no longer in the schedules that the delivery brings."""
        if INSTALMENTS.name not in self.files:
            return None
        self.tell(INSTALMENTS.name)
        stage = INSTALMENTS.stage
        self.area.create_as(
            SCHEDULED,
            f"SELECT l.id AS loan_id FROM (SELECT DISTINCT loan_no FROM {stage} WHERE NOT bad) s "
            "JOIN loans_loan l ON l.loan_no = s.loan_no",
            index="loan_id",
        )
        self.removed_instalments = self.area.create_as(
            "surplus_instalments",
            f"SELECT i.id, i.loan_id FROM {SCHEDULED} c JOIN loans_instalment i ON i.loan_id = c.loan_id "
            "JOIN loans_loan l ON l.id = i.loan_id "
            f"WHERE NOT EXISTS (SELECT 1 FROM {stage} s WHERE s.loan_no = l.loan_no AND s.seq = i.seq)",
            index="id",
        )
        merge = Merge(self.area, self.files[INSTALMENTS.name], INSTALMENTS.targets[0], self.moment)
        merge.compare()
        self.count(INSTALMENTS, [merge])
        touch(self.area, f"SELECT loan_id FROM {merge.delta} UNION SELECT loan_id FROM surplus_instalments")
        if self.removed_instalments:
            self.area.execute("DELETE FROM loans_instalment WHERE id IN (SELECT id FROM surplus_instalments)")
        return merge


DELIVERED_SCHEDULE = (
    f"SELECT l.id AS loan_id, s.seq, s.due_on, {cents('s.principal_due')} AS principal, "
    f"{cents('s.interest_due')} AS interest FROM {INSTALMENTS.stage} s "
    f"JOIN loans_loan l ON l.loan_no = s.loan_no JOIN {TOUCHED} x ON x.loan_id = l.id WHERE NOT s.bad"
)
UNDELIVERED = f"{BOOK_SCHEDULE} WHERE NOT EXISTS (SELECT 1 FROM {SCHEDULED} c WHERE c.loan_id = i.loan_id)"
