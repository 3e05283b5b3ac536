"""Reviewed SQL that the ORM cannot say, the same text on PostgreSQL and SQLite."""

import datetime as dt

from core.bulk import execute
from loans.enums import CLASSIFICATION_ORDER

_RANK = (
    "CASE {0} " + " ".join(f"WHEN '{c}' THEN {i}" for i, c in enumerate(CLASSIFICATION_ORDER)) + " ELSE 0 END"
)

# Loans in play with anything in their histories after disbursement.
_PLAY = """
    SELECT l.id FROM loans_loanchange c JOIN loans_loan l ON l.id = c.loan_id
    WHERE c.picked_on = %(day)s {block} AND (
        EXISTS (SELECT 1 FROM loans_loanregime r WHERE r.loan_id = l.id AND r.effective_on > l.disbursed_on)
        OR EXISTS (SELECT 1 FROM loans_loanclassification k
                   WHERE k.loan_id = l.id AND k.effective_on > l.disbursed_on)
        OR EXISTS (SELECT 1 FROM loans_floorproposal f WHERE f.loan_id = l.id))
"""

_REBUILD = """
INSERT INTO loans_loanstatus
    (loan_id, effective_on, regime, classification, previous_regime, previous_classification)
WITH play AS ({play}),
moments AS (
    SELECT loan_id, effective_on FROM loans_loanregime
        WHERE loan_id IN (SELECT id FROM play) AND effective_on <= %(day)s
    UNION SELECT loan_id, effective_on FROM loans_loanclassification
        WHERE loan_id IN (SELECT id FROM play) AND effective_on <= %(day)s
    UNION SELECT loan_id, effective_on FROM loans_floorproposal
        WHERE loan_id IN (SELECT id FROM play) AND effective_on <= %(day)s),
states AS (
    SELECT m.loan_id, m.effective_on,
        COALESCE((SELECT r.regime FROM loans_loanregime r
                  WHERE r.loan_id = m.loan_id AND r.effective_on <= m.effective_on
                  ORDER BY r.effective_on DESC LIMIT 1), l.delivered_regime) AS regime,
        {approved} AS approved,
        {floor} AS floor
    FROM moments m JOIN loans_loan l ON l.id = m.loan_id),
merged AS (
    SELECT loan_id, effective_on, regime,
        {worse} AS classification
    FROM states),
compared AS (
    SELECT merged.*,
        LAG(regime) OVER w AS previous_regime, LAG(classification) OVER w AS previous_classification
    FROM merged WINDOW w AS (PARTITION BY loan_id ORDER BY effective_on))
SELECT loan_id, effective_on, regime, classification, previous_regime, previous_classification
FROM compared
WHERE previous_regime IS NOT NULL AND (previous_regime <> regime OR previous_classification <> classification)
"""

_APPROVED = """COALESCE((SELECT k.classification FROM loans_loanclassification k
                  WHERE k.loan_id = m.loan_id AND k.effective_on <= m.effective_on
                  ORDER BY k.effective_on DESC LIMIT 1), l.delivered_class)"""
_FLOOR = """COALESCE((SELECT f.floor_class FROM loans_floorproposal f
                  WHERE f.loan_id = m.loan_id AND f.effective_on <= m.effective_on
                  ORDER BY f.effective_on DESC LIMIT 1), 'normal')"""


def rebuild_status_history(day: dt.date, branch_ids: tuple[int, ...] | None) -> int:
    """Write ``LoanStatus`` anew for the loans in play on ``day``: a pure function of the three histories.

    A back-dated class or regime thereby corrects everything after it. Returns the number of changes on file
    for these loans.
    """
    play = _PLAY.format(block=_block("l", branch_ids))
    rank_worse = (
        f"CASE WHEN {_RANK.format('approved')} >= {_RANK.format('floor')} THEN approved ELSE floor END"
    )
    params = {"day": day}
    execute(*_named(f"DELETE FROM loans_loanstatus WHERE loan_id IN ({play})", params))  # noqa: S608 - constants
    return execute(
        *_named(_REBUILD.format(play=play, approved=_APPROVED, floor=_FLOOR, worse=rank_worse), params)
    )


def _block(alias: str, branch_ids: tuple[int, ...] | None) -> str:
    if branch_ids is None:
        return ""
    return f"AND {alias}.branch_id IN ({', '.join(str(int(b)) for b in branch_ids)})"


def _named(sql: str, params: dict[str, dt.date]) -> tuple[str, list[str]]:
    """Django's SQLite backend takes positional parameters in every version; there is one name here."""
    return sql.replace("%(day)s", "%s"), [params["day"].isoformat()] * sql.count("%(day)s")
