"""Who is let in where: every URL name, the record it is asked for, and what each of the cast gets.

A new URL must be entered here, or the test of all URLs fails. Everybody of the cast who is not named as
admitted must be refused with the status given (404: as if the record did not exist; 403: seen, not allowed).
A second act behind the same URL gets a word after the name.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.cast import PEOPLE
from tests.world import World

# No login needed.
OPEN = {"healthz", "org:login", "org:logout", "postloan:language", "api:nothing"}

ALL = frozenset(PEOPLE)
PORTFOLIO = ALL - {"admin", "outsider"}
# Who sees a record of the relationship manager in S01.
OVER_S01 = frozenset({"rm_a", "supervisor_a", "head_b1", "manager_b1", "risk", "auditor"})
# Who has figures of a branch that S01 is a part of.
FIGURES = OVER_S01 - {"rm_a"}
OWNER_AND_ABOVE = frozenset({"rm_a", "supervisor_a", "head_b1", "manager_b1"})
OPERATION = frozenset({"admin", "risk", "auditor"})
AUDIT = frozenset({"auditor"})
NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Door:
    """One URL: who passes, and what the others get (a status for all, or one by name)."""

    admitted: frozenset[str]
    refused: int = 404
    otherwise: dict[str, int] = field(default_factory=dict)
    args: Callable[[World], list[Any]] = lambda world: []
    method: str = "get"
    data: Callable[[World], dict[str, Any]] = lambda world: {}

    def status_for(self, who: str) -> int:
        return self.otherwise.get(who, self.refused)


def duty(world: World) -> list[Any]:
    return [world.duty.pk]


def number(world: World) -> list[Any]:
    return [world.request.number]


def report(world: World) -> list[Any]:
    return [world.report.report_no]


def log(world: World) -> list[Any]:
    return [world.log.log_no]


def draft_log(world: World) -> list[Any]:
    return [world.draft_log.log_no]


def loan_no(world: World) -> list[Any]:
    return ["L-A"]


def closed_month(world: World) -> list[Any]:
    """No argument, but the month must be there before anybody knocks."""
    assert world.month
    return []


NO_PORTFOLIO = {"admin": 403, "outsider": 403}
CLOSING = {"risk": 403, "auditor": 403}
RECORDERS = frozenset({"rm_a", "supervisor_a", "head_b1", "manager_b1"})
NOT_THE_AUTHOR = {
    **dict.fromkeys(("supervisor_a", "head_b1", "manager_b1", "risk", "auditor"), 403),
    **NO_PORTFOLIO,
}
AUTHOR = frozenset({"rm_a"})

DOORS: dict[str, Door] = {
    # the own work
    "reports:workbench": Door(ALL),
    "reports:behind": Door(ALL),  # the rows follow the scope; see tests/reports
    "reports:reminders": Door(ALL),
    "reports:save_view": Door(ALL, method="post"),
    "reports:delete_view": Door(ALL, method="post", args=lambda world: [0]),
    "org:password": Door(ALL),
    "postloan:money_unit": Door(ALL, method="post"),
    # figures
    "reports:portfolio": Door(FIGURES, refused=403, data=lambda world: {"branch": "S01"}),
    "reports:portfolio_loans": Door(
        FIGURES,
        refused=403,
        args=closed_month,
        data=lambda world: {"branch": "S01", "month": world.month},
    ),
    "reports:portfolio_download": Door(
        FIGURES, refused=403, args=lambda world: ["xlsx"], data=lambda world: {"branch": "S01"}
    ),
    # duties
    "reports:duty": Door(OVER_S01, args=duty),
    "reports:complete": Door(OWNER_AND_ABOVE, args=lambda world: [world.by_hand.pk], otherwise=CLOSING),
    "reports:waive": Door(OWNER_AND_ABOVE, args=duty, otherwise=CLOSING),
    # approvals
    "approvals:queue": Door(ALL),
    "approvals:together": Door(ALL, method="post"),  # signs nothing that is not on the own desk
    "approvals:decide": Door(
        frozenset({"head_b1", "manager_b1"}),
        method="post",
        args=lambda world: ["request", world.request.number],
        otherwise={"rm_a": 403, "supervisor_a": 403, "risk": 403, "auditor": 403},
        data=lambda world: {"outcome": "approve", "opinion": "The papers match the facts", "level": 1},
    ),
    "approvals:withdraw": Door(
        frozenset({"rm_a"}),
        method="post",
        args=number,
        otherwise={"supervisor_a": 403, "head_b1": 403, "manager_b1": 403, "risk": 403, "auditor": 403},
    ),
    # customers
    "loans:borrowers": Door(PORTFOLIO, refused=403),
    "loans:loans": Door(PORTFOLIO, refused=403),
    "loans:borrower": Door(OVER_S01, args=lambda world: ["C-A"], otherwise=NO_PORTFOLIO),
    "loans:loan": Door(OVER_S01, args=lambda world: ["L-A"], otherwise=NO_PORTFOLIO),
    "loans:reveal": Door(OVER_S01, args=lambda world: ["C-A", "id_no"], otherwise=NO_PORTFOLIO),
    "documents:download": Door(OVER_S01, args=lambda world: [world.file.pk]),
    "documents:issued_pdf": Door(
        OVER_S01, args=lambda world: [world.notice.document.number, world.notice.document.version]
    ),
    # letters
    "collections:due": Door(PORTFOLIO, refused=403),
    "collections:issued": Door(PORTFOLIO, refused=403),
    "collections:receipts": Door(PORTFOLIO, refused=403),
    "collections:make_batch": Door(PORTFOLIO, refused=403, method="post"),
    "collections:batch": Door(OVER_S01, args=lambda world: [world.notice_batch.pk], otherwise=NO_PORTFOLIO),
    "collections:dispatch": Door(
        OVER_S01, args=lambda world: [world.notice_batch.pk], otherwise=NO_PORTFOLIO
    ),
    "collections:letter": Door(OVER_S01, args=lambda world: [world.letter_duty.pk]),
    "collections:issue": Door(
        OWNER_AND_ABOVE, args=lambda world: [world.letter_duty.pk], otherwise=CLOSING, method="post"
    ),
    "collections:contact": Door(
        OWNER_AND_ABOVE, args=lambda world: [world.letter_duty.pk], otherwise=CLOSING, method="post"
    ),
    "collections:notice": Door(OVER_S01, args=lambda world: [world.notice.pk]),
    "collections:delivery": Door(
        OWNER_AND_ABOVE, args=lambda world: [world.notice.pk], otherwise=CLOSING, method="post"
    ),
    "collections:receipt": Door(
        OWNER_AND_ABOVE, args=lambda world: [world.notice.pk], otherwise=CLOSING, method="post"
    ),
    "collections:reissue": Door(
        OWNER_AND_ABOVE, args=lambda world: [world.notice.pk], otherwise=CLOSING, method="post"
    ),
    # inspection reports and work logs
    "inspections:reports": Door(PORTFOLIO, refused=403),
    "inspections:to_write": Door(PORTFOLIO, refused=403),
    "inspections:begin": Door(RECORDERS, args=duty, otherwise={**CLOSING, **NO_PORTFOLIO}),
    "inspections:measure_row": Door(PORTFOLIO, refused=403),
    "inspections:report": Door(OVER_S01, args=report, otherwise=NO_PORTFOLIO),
    "inspections:write_report": Door(AUTHOR, args=report, otherwise=NOT_THE_AUTHOR),
    "inspections:save_report": Door(
        AUTHOR, method="post", args=report, otherwise=NOT_THE_AUTHOR, data=lambda world: {"version": 0}
    ),
    "inspections:withdraw_report": Door(AUTHOR, method="post", args=report, otherwise=NOT_THE_AUTHOR),
    "inspections:add_evidence": Door(AUTHOR, method="post", args=report, otherwise=NOT_THE_AUTHOR),
    "inspections:print_report": Door(OVER_S01, args=report, otherwise=NO_PORTFOLIO),
    "inspections:report_pdf": Door(OVER_S01, args=report, otherwise=NO_PORTFOLIO),
    "inspections:logs": Door(PORTFOLIO, refused=403),
    "inspections:new_log": Door(RECORDERS | {"rm_b"}, refused=403),
    "inspections:new_activity": Door(RECORDERS | {"rm_b"}, refused=403),
    "inspections:fact_row": Door(PORTFOLIO, refused=403),
    "inspections:log": Door(OVER_S01, args=log, otherwise=NO_PORTFOLIO),
    "inspections:write_log": Door(AUTHOR, args=draft_log, otherwise=NOT_THE_AUTHOR),
    "inspections:save_log": Door(
        AUTHOR, method="post", args=draft_log, otherwise=NOT_THE_AUTHOR, data=lambda world: {"version": 0}
    ),
    "inspections:review_log": Door(
        OWNER_AND_ABOVE - AUTHOR,
        method="post",
        args=log,
        otherwise={**CLOSING, "rm_a": 403, **NO_PORTFOLIO},
        data=lambda world: {"submission": 1, "opinion": "Ask for the June order book at the next visit."},
    ),
    # operation
    "core:calendar": Door(ALL),
    "core:calendar_upload": Door(frozenset({"admin"}), refused=403, method="post"),
    "core:calendar_day": Door(frozenset({"admin"}), refused=403, method="post"),
    "postloan:runs": Door(OPERATION, refused=403),
    "postloan:runs start": Door(frozenset({"admin"}), refused=403, method="post"),
    "postloan:run_state": Door(OPERATION, refused=403),
    "postloan:run": Door(OPERATION, refused=403, args=lambda world: [world.run.business_date.isoformat()]),
    "postloan:audit": Door(AUDIT, refused=403),
    "postloan:audit_chains": Door(AUDIT, refused=403),
    "postloan:audit_verify": Door(AUDIT, refused=403, method="post"),
    "postloan:audit_event": Door(AUDIT, refused=403, args=lambda world: [world.event.pk]),
    "loans:imports": Door(OPERATION, refused=403),
    "loans:upload": Door(frozenset({"admin"}), refused=403, method="post"),
    "loans:delivery": Door(OPERATION, refused=403, args=lambda world: [world.delivery.pk]),
    "loans:retry_import": Door(
        frozenset({"admin"}), refused=403, method="post", args=lambda world: [world.delivery.pk]
    ),
    "loans:rejects": Door(
        frozenset({"admin", "auditor"}),
        refused=403,
        args=lambda world: [world.delivery.pk, world.reject_file()],
    ),
    # other systems; what they may, is tried in tests/api
    "org:clients": Door(NOBODY, refused=403),
    "org:clients create": Door(NOBODY, refused=403, method="post"),
    "org:revoke_client": Door(NOBODY, refused=403, method="post", args=lambda world: [0]),
    "postloan:api_docs": Door(ALL),
    "api:schema": Door(ALL),
    "api:branches": Door(ALL),
    "api:branches_record": Door(ALL - {"rm_b", "outsider"}, args=lambda world: ["S01"]),
    "api:approvals": Door(ALL),
    "api:approvals_record": Door(OVER_S01, args=number),
    "api:duties": Door(PORTFOLIO, refused=403),
    "api:duties_record": Door(OVER_S01, args=duty, otherwise=NO_PORTFOLIO),
    "api:work-logs": Door(PORTFOLIO, refused=403),
    "api:work-logs_record": Door(OVER_S01, args=lambda world: [world.log.log_no], otherwise=NO_PORTFOLIO),
    "api:inspection-reports": Door(PORTFOLIO, refused=403),
    "api:inspection-reports_record": Door(
        OVER_S01, args=lambda world: [world.handed_in.report_no], otherwise=NO_PORTFOLIO
    ),
    "api:notices": Door(PORTFOLIO, refused=403),
    "api:notices_record": Door(OVER_S01, args=lambda world: [world.notice.pk], otherwise=NO_PORTFOLIO),
    "api:monthly-summaries": Door(FIGURES, refused=403),
    "api:monthly-summaries_record": Door(FIGURES, args=lambda world: [world.figure.pk], refused=403),
    "api:borrowers": Door(PORTFOLIO, refused=403),
    "api:borrowers_record": Door(OVER_S01, args=lambda world: ["C-A"], otherwise=NO_PORTFOLIO),
    "api:groups": Door(PORTFOLIO, refused=403),
    "api:groups_record": Door(OVER_S01, args=lambda world: [world.group_no], otherwise=NO_PORTFOLIO),
    "api:loans": Door(PORTFOLIO, refused=403),
    "api:loans_record": Door(OVER_S01, args=loan_no, otherwise=NO_PORTFOLIO),
    "api:instalments": Door(OVER_S01, args=loan_no, otherwise=NO_PORTFOLIO),
    "api:repayments": Door(OVER_S01, args=loan_no, otherwise=NO_PORTFOLIO),
    "api:guarantees": Door(PORTFOLIO, refused=403),
    "api:guarantees_record": Door(
        OVER_S01, args=lambda world: ["L-A", world.guarantor_no], otherwise=NO_PORTFOLIO
    ),
    "api:collaterals": Door(PORTFOLIO, refused=403),
    "api:collaterals_record": Door(
        OVER_S01, args=lambda world: [world.collateral_no], otherwise=NO_PORTFOLIO
    ),
    "api:classifications": Door(PORTFOLIO, refused=403),
    "api:regimes": Door(PORTFOLIO, refused=403),
    "api:daily-runs": Door(OPERATION, refused=403),
    "api:daily-runs_record": Door(
        OPERATION, refused=403, args=lambda world: [world.run.business_date.isoformat()]
    ),
    "api:imports": Door(OPERATION, refused=403),
    "api:imports upload": Door(NOBODY, refused=401, method="post"),  # systems only; people have the page
    "api:imports_record": Door(OPERATION, refused=403, args=lambda world: [world.delivery.pk]),
    "loans:dry_run": Door(OPERATION, refused=403, args=lambda world: [world.dry_run.pk]),
}
