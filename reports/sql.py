"""Reviewed SQL that the ORM cannot say: loans summed by dimension and rolled up the branch tree, the same
text on PostgreSQL and SQLite, for the frozen month (INSERT) and for live figures (SELECT)."""

from loans.enums import NON_PERFORMING

_BAD = ", ".join(f"'{code}'" for code in NON_PERFORMING)
_WAS = f"prev_class IN ({_BAD})"
_IS = f"classification IN ({_BAD})"

KEYS = ("dimension", "value", "prev_class", "classification", "prev_bucket", "bucket")
SUMS = (
    "loans",
    "balance",
    "prev_balance",
    "decrease",
    "overdue_principal",
    "npl_opening",
    "npl_new",
    "npl_recovered",
    "npl_upgraded",
    "npl_written_off",
    "npl_disposed",
    "npl_moved_in",
    "npl_moved_out",
)
COLUMNS = ("branch_id", *KEYS, *SUMS)

# {dims}: rows of the table of dimensions; {source}: FROM and WHERE of the loans; {units}: which branches
# are summed; {with}: more tables in front. Parameters: due_from, due_to and those of the parts.
_ROLL_UP = f"""
WITH {{with}} dims (dimension) AS (VALUES {{dims}}),
above (branch_id, unit_id) AS (
    SELECT b.id, u.id FROM org_branch b
    JOIN org_branch u ON SUBSTR(b.path, 1, LENGTH(u.path)) = u.path {{units}}),
grouped AS (
    SELECT s.branch_id, d.dimension,
        CASE WHEN d.dimension = 'all' THEN s.prev_branch_id END AS prev_branch_id,
        CASE d.dimension WHEN 'product' THEN s.product WHEN 'industry' THEN s.industry
            WHEN 'guarantee' THEN s.guarantee WHEN 'officer' THEN s.officer_no ELSE '' END AS value,
        CASE WHEN d.dimension = 'all' THEN s.prev_class ELSE '' END AS prev_class,
        s.classification,
        CASE WHEN d.dimension = 'all' THEN s.prev_bucket ELSE '' END AS prev_bucket,
        s.bucket,
        COUNT(*) AS loans, SUM(s.balance) AS balance, SUM(s.prev_balance) AS prev_balance,
        SUM(s.decrease) AS decrease, SUM(s.overdue_principal) AS overdue_principal,
        SUM(CASE WHEN {_WAS} THEN s.prev_balance ELSE 0 END) AS npl_opening,
        SUM(CASE WHEN {_IS} AND NOT {_WAS} THEN s.balance
            WHEN {_IS} AND s.balance > s.prev_balance THEN s.balance - s.prev_balance ELSE 0 END) AS npl_new,
        SUM(CASE WHEN {_WAS} THEN s.decrease - s.written_off - s.disposed ELSE 0 END) AS npl_recovered,
        SUM(CASE WHEN {_WAS} AND NOT {_IS} AND s.classification <> ''
            THEN s.prev_balance - s.decrease ELSE 0 END) AS npl_upgraded,
        SUM(CASE WHEN {_WAS} THEN s.written_off ELSE 0 END) AS npl_written_off,
        SUM(CASE WHEN {_WAS} THEN s.disposed ELSE 0 END) AS npl_disposed
    FROM {{source}} CROSS JOIN dims d
    WHERE {{where}} (d.dimension = 'all' OR (s.classification <> ''
        AND (d.dimension <> 'due' OR (s.matures_on >= %s AND s.matures_on <= %s))))
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8),
rolled AS (
    SELECT a.unit_id, g.dimension, g.value,
        CASE WHEN g.prev_branch_id IS NULL OR p.unit_id IS NOT NULL THEN g.prev_class ELSE '' END
            AS prev_class,
        g.classification,
        CASE WHEN g.prev_branch_id IS NULL OR p.unit_id IS NOT NULL THEN g.prev_bucket ELSE '' END
            AS prev_bucket,
        g.bucket, g.loans, g.balance,
        CASE WHEN g.prev_branch_id IS NULL OR p.unit_id IS NOT NULL THEN g.prev_balance ELSE 0 END
            AS prev_balance,
        CASE WHEN g.prev_branch_id IS NULL OR p.unit_id IS NOT NULL THEN g.decrease ELSE 0 END AS decrease,
        g.overdue_principal,
        CASE WHEN g.prev_branch_id IS NULL OR p.unit_id IS NOT NULL THEN g.npl_opening ELSE 0 END
            AS npl_opening,
        g.npl_new, g.npl_recovered, g.npl_upgraded, g.npl_written_off, g.npl_disposed,
        CASE WHEN g.prev_branch_id IS NULL OR p.unit_id IS NOT NULL THEN 0 ELSE g.npl_opening END
            AS npl_moved_in,
        0 AS npl_moved_out
    FROM grouped g JOIN above a ON a.branch_id = g.branch_id
    LEFT JOIN above p ON p.branch_id = g.prev_branch_id AND p.unit_id = a.unit_id
    UNION ALL
    SELECT a.unit_id, g.dimension, g.value, g.prev_class, '', g.prev_bucket, '', g.loans, 0, g.prev_balance,
        g.prev_balance, 0, g.npl_opening, 0, 0, 0, 0, 0, 0, g.npl_opening
    FROM grouped g JOIN above a ON a.branch_id = g.prev_branch_id
    WHERE g.prev_branch_id <> g.branch_id AND NOT EXISTS (
        SELECT 1 FROM above h WHERE h.branch_id = g.branch_id AND h.unit_id = a.unit_id))
SELECT {{head}} unit_id, {", ".join(KEYS)}, {", ".join(f"SUM({name})" for name in SUMS)}
FROM rolled GROUP BY unit_id, {", ".join(KEYS)}
"""


def freeze_statement(dimensions: tuple[str, ...]) -> str:
    """INSERT of a month's figures; parameters: month end, due_from, due_to, month end."""
    body = _ROLL_UP.format(
        **{"with": ""},
        dims=_dims(dimensions),
        units="",
        source="reports_loansnapshot s",
        where="s.month_end = %s AND",
        head="%s,",
    )
    return (
        f"INSERT INTO reports_portfoliofigure (month_end, {', '.join(COLUMNS)}) {body} ON CONFLICT DO NOTHING"
    )


def live_statement(positions: str, names: list[str], dimensions: tuple[str, ...], units: int) -> str:
    """SELECT of figures over a compiled query of positions; parameters: the query's, then the ids of so many
    units, due_from, due_to."""
    return _ROLL_UP.format(
        **{"with": f"positions ({', '.join(names)}) AS ({positions}),"},
        dims=_dims(dimensions),
        units=f"AND u.id IN ({', '.join(['%s'] * units)})",
        source="positions s",
        where="",
        head="",
    )


def _dims(dimensions: tuple[str, ...]) -> str:
    return ", ".join(f"('{name}')" for name in dimensions)
