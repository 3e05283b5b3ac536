"""Checks that need more than one cell: keys, references, dates against each other, whole schedules.

Every check is one statement over the staged file; parents are checked before children, so that a row which
refers to a rejected new row is rejected, too.
"""

from collections.abc import Callable, Mapping

from core.staging import Staging, cents
from loans.importers.columns import NATURAL_KEYS, Column, FileSpec, Model
from loans.importers.contract import (
    BRANCHES,
    COLLATERALS,
    FILE_OF_MODEL,
    FILES,
    GUARANTEES,
    INSTALMENTS,
    LOANS,
    RATINGS,
)
from loans.importers.loading import Staged
from loans.importers.rejects import TABLE, Rejects
from loans.models import Borrower

Files = Mapping[str, Staged]


class Checker:
    """Runs the checks of a delivery whose files are staged."""

    def __init__(self, area: Staging, rejects: Rejects, files: Files) -> None:
        self.area = area
        self.rejects = rejects
        self.files = files

    def check(self, name: str) -> None:
        """Reject what is wrong with one file."""
        staged = self.files[name]
        self.check_keys(staged.spec)
        for column in staged.columns:
            self.check_reference(staged.spec, staged.spec.columns[column])
        self.check_new_rows(staged)
        for extra in EXTRA.get(name, ()):
            extra(self, staged)

    # --- keys -------------------------------------------------------------------------------
    def check_keys(self, spec: FileSpec) -> None:
        """A key that comes twice: which row is meant is not guessed. Repeating a row word by word is
        harmless: the first stays."""
        keys = ", ".join(spec.key)
        filled = " AND ".join(f"{name} IS NOT NULL" for name in spec.key)
        if not self.area.create_as(
            "stage_twice",
            f"SELECT {keys} FROM {spec.stage} WHERE {filled} GROUP BY {keys} HAVING COUNT(*) > 1",
            index=keys,
        ):
            return
        same = " AND ".join(f"d.{name} = s.{name}" for name in spec.key)
        whole = whole_row("s", ["bad", *self.files[spec.name].columns])
        grouped = ", ".join(f"s.{name}" for name in spec.key)
        self.area.create_as(
            "stage_variants",
            f"SELECT {grouped}, MIN(s.line) AS first_line, MAX(s.line) AS last_line, "
            f"COUNT(DISTINCT {whole}) AS variants FROM {spec.stage} s JOIN stage_twice d ON {same} "
            f"GROUP BY {grouped}",
            index=keys,
        )
        self.rejects.add_selected(
            spec,
            ";".join(spec.key),
            "duplicate_key",
            f"{spec.stage} s JOIN stage_variants d ON {same} WHERE d.variants > 1 OR s.line <> d.first_line",
            value=" || ';' || ".join(f"CAST(s.{name} AS text)" for name in spec.key),
            detail="CASE WHEN s.line = d.first_line THEN d.last_line ELSE d.first_line END",
        )

    # --- references -------------------------------------------------------------------------
    def check_reference(self, spec: FileSpec, column: Column) -> None:
        """A number that stands for no row of the book and none of the delivery's good rows."""
        model = column.refers_to
        if model is None or (model is spec.model and column.name in spec.key):
            return
        unknown = f"s.{column.name} IS NOT NULL AND {self.unknown(model, f's.{column.name}')}"
        if model is spec.model:  # by every rejected row, more rows lose their parent
            unknown += f" AND NOT {self.rejected_for(spec, column.name)}"
        while (
            self.rejects.add_selected(
                spec,
                column.name,
                "unknown_reference",
                f"{spec.stage} s WHERE {unknown}",
                detail=self.area.text(FILE_OF_MODEL[model].name),
            )
            and model is spec.model
        ):
            pass

    def unknown(self, model: Model, number: str) -> str:
        """The condition that ``number`` names no row."""
        key = NATURAL_KEYS[model]
        known = [f"SELECT 1 FROM {model._meta.db_table} t WHERE t.{key} = {number}"]
        parent = FILE_OF_MODEL[model]
        if parent.name in self.files:
            known.append(f"SELECT 1 FROM {parent.stage} p WHERE p.{key} = {number} AND NOT p.bad")
        return " AND ".join(f"NOT EXISTS ({select})" for select in known)

    def rejected_for(self, spec: FileSpec, column: str) -> str:
        """The condition that the column has a reject on this row already."""
        text = self.area.text
        return (
            f"(s.bad AND EXISTS (SELECT 1 FROM {TABLE} x WHERE x.line = s.line "
            f"AND x.file = {text(spec.name)} AND x.col = {text(column)}))"
        )

    # --- new rows ---------------------------------------------------------------------------
    def check_new_rows(self, staged: Staged) -> None:
        """An absent column means "unchanged"; a new row has nothing yet that could stay unchanged."""
        spec = staged.spec
        for name, column in spec.columns.items():
            if column.mandatory and not staged.has(name):
                self.rejects.add_selected(
                    spec, name, "missing_column", f"{spec.stage} s WHERE {self.is_new(spec)}", value="''"
                )

    def is_new(self, spec: FileSpec) -> str:
        """The condition that a staged row has no counterpart in the book."""
        target = spec.targets[0]
        joins, conditions = [], []
        for name in target.key:
            field = target.field_of(name)
            if field.is_relation:
                parent = field.related_model
                assert isinstance(parent, type)
                joins.append(f"JOIN {parent._meta.db_table} r_{name} ON r_{name}.id = t.{field.column}")
                conditions.append(f"r_{name}.{NATURAL_KEYS[parent]} = s.{name}")
            else:
                conditions.append(f"t.{field.column} = s.{name}")
        return (
            f"NOT EXISTS (SELECT 1 FROM {target.table} t {' '.join(joins)} WHERE {' AND '.join(conditions)})"
        )


def whole_row(alias: str, columns: list[str]) -> str:
    """An expression that tells rows with different cells apart."""
    return " || '|' || ".join(f"COALESCE(CAST({alias}.{name} AS text), '')" for name in columns)


# --- checks of single files ---------------------------------------------------------------------
def check_circle(checker: Checker, staged: Staged) -> None:
    """Branches that are above themselves: not reached from a branch without parent."""
    if not staged.has("parent_no"):
        return
    stage = staged.spec.stage
    checker.area.create_as(
        "stage_parents",
        f"SELECT branch_no, parent_no FROM {stage} WHERE NOT bad UNION "
        "SELECT t.branch_no, p.branch_no FROM org_branch t LEFT JOIN org_branch p ON p.id = t.parent_id "
        f"WHERE NOT EXISTS (SELECT 1 FROM {stage} s WHERE s.branch_no = t.branch_no AND NOT s.bad)",
        index="parent_no",
    )
    checker.rejects.add_selected(
        staged.spec,
        "parent_no",
        "branch_circle",
        f"{stage} s WHERE NOT s.bad AND s.branch_no NOT IN ("
        "WITH RECURSIVE reached(branch_no) AS ("
        "SELECT branch_no FROM stage_parents WHERE parent_no IS NULL UNION "
        "SELECT c.branch_no FROM stage_parents c JOIN reached r ON c.parent_no = r.branch_no) "
        "SELECT branch_no FROM reached)",
    )


def check_dates(checker: Checker, staged: Staged) -> None:
    """Maturity before disbursement, also when the file has only one of the two dates."""
    if not (staged.has("matures_on") or staged.has("disbursed_on")):
        return
    matures, disbursed = (
        f"s.{name}" if staged.has(name) else f"t.{name}" for name in ("matures_on", "disbursed_on")
    )
    checker.rejects.add_selected(
        staged.spec,
        "matures_on",
        "matures_before_disbursement",
        f"{staged.spec.stage} s LEFT JOIN loans_loan t ON t.loan_no = s.loan_no "
        f"WHERE {matures} < {disbursed}",
        value=matures,
        detail=disbursed,
    )


def check_collaterals(checker: Checker, staged: Staged) -> None:
    """The rows of a collateral that secures several loans must say the same about it."""
    described = [name for name in staged.columns if name not in staged.spec.key]
    if not described:
        return
    stage = staged.spec.stage
    whole = whole_row("s", described)
    checker.area.create_as(
        "stage_differing",
        f"SELECT collateral_no, MIN(line) AS first_line, MAX(line) AS last_line FROM {stage} s WHERE NOT bad "
        f"GROUP BY collateral_no HAVING COUNT(DISTINCT {whole}) > 1",
        index="collateral_no",
    )
    checker.rejects.add_selected(
        staged.spec,
        "collateral_no",
        "rows_differ",
        f"{stage} s JOIN stage_differing d ON d.collateral_no = s.collateral_no WHERE NOT s.bad",
        detail="CASE WHEN s.line = d.first_line THEN d.last_line ELSE d.first_line END",
    )


def check_schedules(checker: Checker, staged: Staged) -> None:
    """A schedule comes whole, and its principal adds up to the loan's."""
    if not staged.has("principal_due"):
        return
    stage = staged.spec.stage
    checker.area.create_as("stage_schedules", _schedules(checker, stage), index="loan_no")
    checker.rejects.add_selected(
        staged.spec,
        "principal_due",
        "principal_differs",
        f"{stage} s JOIN stage_schedules c ON c.loan_no = s.loan_no "
        "WHERE NOT s.bad AND c.bad_rows = 0 AND c.due <> c.principal",
        detail="CAST(c.due / 100 AS text) || CASE WHEN c.due % 100 < 10 THEN '.0' ELSE '.' END "
        "|| CAST(c.due % 100 AS text)",
    )
    checker.rejects.add_selected(
        staged.spec,
        "loan_no",
        "incomplete_schedule",
        f"{stage} s JOIN stage_schedules c ON c.loan_no = s.loan_no WHERE NOT s.bad AND c.bad_rows > 0",
    )


def _schedules(checker: Checker, stage: str) -> str:
    """Per loan of the file: sum of principal due, rejected rows, and the loan's principal (in cents)."""
    loans = checker.files.get(LOANS.name)
    principal, joined = "t.principal", "LEFT JOIN loans_loan t ON t.loan_no = g.loan_no"
    if loans is not None and loans.has("principal"):
        principal = "COALESCE(p.principal, t.principal)"
        joined += f" LEFT JOIN {LOANS.stage} p ON p.loan_no = g.loan_no AND NOT p.bad"
    return (
        f"SELECT g.loan_no, g.due, g.bad_rows, {cents(principal)} AS principal FROM ("
        f"SELECT loan_no, CAST(SUM({cents('principal_due')}) AS bigint) AS due, "
        f"SUM(CASE WHEN bad THEN 1 ELSE 0 END) AS bad_rows FROM {stage} GROUP BY loan_no) g {joined}"
    )


def check_subjects(checker: Checker, staged: Staged) -> None:
    """A rating's subject is a borrower or a guarantee, in the book or among the delivery's good rows."""
    known = (
        "SELECT l.loan_no || '/' || t.guarantor_no AS subject_no FROM loans_guarantee t "
        "JOIN loans_loan l ON l.id = t.loan_id"
    )
    if GUARANTEES.name in checker.files:
        known += f" UNION SELECT loan_no || '/' || guarantor_no FROM {GUARANTEES.stage} WHERE NOT bad"
    checker.area.create_as("stage_guarantors", known, index="subject_no")
    unknown = [
        checker.unknown(Borrower, "s.subject_no"),
        "NOT EXISTS (SELECT 1 FROM stage_guarantors t WHERE t.subject_no = s.subject_no)",
    ]
    checker.rejects.add_selected(
        staged.spec,
        "subject_no",
        "unknown_subject",
        f"{staged.spec.stage} s WHERE s.subject_no IS NOT NULL AND {' AND '.join(unknown)}",
    )


Extra = Callable[[Checker, Staged], None]
EXTRA: dict[str, tuple[Extra, ...]] = {
    BRANCHES.name: (check_circle,),
    LOANS.name: (check_dates,),
    COLLATERALS.name: (check_collaterals,),
    INSTALMENTS.name: (check_schedules,),
    RATINGS.name: (check_subjects,),
}


def check_delivery(area: Staging, rejects: Rejects, files: Files) -> None:
    """All checks of all files, parents before children."""
    checker = Checker(area, rejects, files)
    for name in FILES:
        if name in files:
            checker.check(name)
