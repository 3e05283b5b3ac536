"""What inspections, logs, collateral checks and sampling read where the handbook is open."""

from dataclasses import dataclass

from core.readings import Readings, reading


@dataclass(frozen=True)
class InspectionReadings(Readings):
    """The choices of the policy officer; see docs/rules.md for what each decides.

    A first inspection that falls on a day off is decided by the roll of its `DutyRule`.
    """

    npl_regular_frequency: str = reading("monthly", "quarterly")
    annual_report_layering: str = reading("replaces_half_and_quarter", "additional", "replaces_all")
    key_annual_report: str = reading("yes", "no")
    class_change_timing: str = reading("period_end_or_tightening", "period_end", "period_start")
    settled_on_period_end: str = reading("no_report", "report_due")
    settled_before_report_due: str = reading("report_due", "waived")
    two_month_rule: str = reading("disbursement_plus_2_months", "period_end_minus_2_months")
    two_month_rule_annual: str = reading("applies", "does_not_apply")
    first_inspection_settled: str = reading("lapses", "stays")
    worklog_month_scope: str = reading("outstanding_at_month_end", "outstanding_any_day")
    collateral_interval: str = reading("rolling_12_months", "calendar_year")
    sampling_shortfall: str = reading("by_quota_3_4", "by_population")
    sampling_guarantee: str = reading("combined", "each_kind")
    sampling_top: str = reading("three_largest", "any_3_of_top_10")
    sampling_loans_each: str = reading("min_1", "min_2_if_held")


DEFAULT_READINGS = InspectionReadings()
