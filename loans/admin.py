"""Floors as drafts; they come into force by a second person."""

from django.contrib import admin

from approvals.admin import DraftAdmin
from duties.enums import SubjectType
from loans.models import FloorRule


@admin.register(FloorRule)
class FloorRuleAdmin(DraftAdmin):
    subject_type = SubjectType.FLOOR_RULE
    list_display = ("min_dpd", "classification", "clause", "effective_from", "effective_to", "state")
