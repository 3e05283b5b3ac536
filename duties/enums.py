"""Duty states, codes and rule vocabulary."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class DutyState(models.TextChoices):
    OPEN = "open", _("Open")
    DONE = "done", _("Done")
    WAIVED = "waived", _("Waived")
    LAPSED = "lapsed", _("Lapsed")


class SubjectType(models.TextChoices):
    BORROWER = "borrower", _("Borrower")
    LOAN = "loan", _("Loan")
    GUARANTEE = "guarantee", _("Guarantee")
    GUARANTOR = "guarantor", _("Guarantor")
    COLLATERAL = "collateral", _("Collateral")
    ACTIVITY = "activity", _("Activity")
    WORK_LOG = "work_log", _("Work log")
    INSPECTION_REPORT = "inspection_report", _("Inspection report")
    FUND_USE = "fund_use", _("Fund use")
    CLASSIFICATION = "classification", _("Classification")
    NOTICE = "notice", _("Notice")
    EVENT = "event", _("Event")
    GROUP = "group", _("Group")
    BRANCH = "branch", _("Branch")
    DUTY = "duty", _("Duty")
    PARAMETER = "parameter", _("Policy parameter")
    DUTY_RULE = "duty_rule", _("Duty rule")
    FLOOR_RULE = "floor_rule", _("Floor rule")
    ROUTE = "route", _("Approval route")
    CALENDAR = "calendar", _("Calendar")


class OffsetUnit(models.TextChoices):
    CALENDAR_DAY = "calendar_day", _("Calendar days")
    WORKDAY = "workday", _("Working days")
    MONTH = "month", _("Months")


class Roll(models.TextChoices):
    KEEP = "keep", _("The calendar date stands")
    NEXT = "next", _("Next working day")
    PREVIOUS = "previous", _("Previous working day")


class Opens(models.TextChoices):
    ANCHOR = "anchor", _("At the anchor")
    PERIOD_LAST_MONTH = "period_last_month", _("First day of the period's last month")
    WORKDAYS_BEFORE_DUE = "workdays_before_due", _("Working days before the deadline")
    CALENDAR_DAYS_BEFORE_DUE = "calendar_days_before_due", _("Calendar days before the deadline")


class CloseReason(models.TextChoices):
    """Why a duty is no longer open; the explanation of the closing carries the figures."""

    EVIDENCE = "evidence", _("Done with evidence")
    PAID = "paid", _("Paid")
    PAID_ON_THE_DAY = "paid_on_the_day", _("Paid on the day, proven by the delivery")
    ENDED = "ended", _("Loan settled or written off")
    NO_BALANCE = "no_balance", _("No balance left")
    EXEMPT = "exempt", _("Exempt by rule")
    SCHEDULE_CHANGED = "schedule_changed", _("Another frequency applies")
    REPLACED = "replaced", _("Covered by another report")
    NOT_NPL = "not_npl", _("No longer non-performing")
    FACT_CORRECTED = "fact_corrected", _("The fact behind it was corrected")
    WAIVED = "waived", _("Waived by two persons")
    TRANSFERRED = "transferred", _("Handed over to asset preservation")
    WITHDRAWN = "withdrawn", _("Withdrawn by the applicant")
