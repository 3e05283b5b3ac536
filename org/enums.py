"""Roles and branch levels (rule book section 6)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class BranchLevel(models.TextChoices):
    HEAD_OFFICE = "head_office", _("Head office")
    BRANCH = "branch", _("Branch")
    SUB_BRANCH = "sub_branch", _("Sub-branch")


class Role(models.TextChoices):
    RELATIONSHIP_MANAGER = "relationship_manager", _("Relationship manager")
    SUPERVISOR = "supervisor", _("Supervisor")
    DEPARTMENT_HEAD = "department_head", _("Department head")
    BRANCH_MANAGER = "branch_manager", _("Branch manager")
    POST_LOAN_OFFICER = "post_loan_officer", _("Post-loan officer")
    RISK_MANAGER = "risk_manager", _("Risk manager")
    CREDIT_EXECUTION = "credit_execution", _("Credit execution")
    ASSET_PRESERVATION = "asset_preservation", _("Asset preservation")
    AUDITOR = "auditor", _("Auditor")
    SYSTEM_ADMIN = "system_admin", _("System administrator")
    COLLECTOR = "collector", _("Collector")
    UPPER_DEPARTMENT = "upper_department", _("Upper-level department")
    SECURITY_ADMIN = "security_admin", _("Security administrator")
    OUTSOURCED = "outsourced", _("Outsourced visitor")


# Who reads every row of their branch's subtree; a relationship manager alone reads own borrowers.
BRANCH_READERS = frozenset(
    {
        Role.SUPERVISOR,
        Role.DEPARTMENT_HEAD,
        Role.BRANCH_MANAGER,
        Role.POST_LOAN_OFFICER,
        Role.RISK_MANAGER,
        Role.CREDIT_EXECUTION,
        Role.UPPER_DEPARTMENT,
        Role.COLLECTOR,
        Role.ASSET_PRESERVATION,
    }
)
EVERYTHING_READERS = frozenset({Role.AUDITOR})
# Their branch does not matter: they answer for the whole bank.
BANK_WIDE = frozenset({Role.SYSTEM_ADMIN})


class ApiScope(models.TextChoices):
    """What another system may ask of the API; each client is given some of them."""

    PORTFOLIO_READ = "portfolio:read", _("Borrowers, groups, loans and what secures them")
    PERSONAL_READ = "personal:read", _("Identity and telephone numbers in full")
    DUTIES_READ = "duties:read", _("Duties")
    INSPECTIONS_READ = "inspections:read", _("Work logs and inspections")
    NOTICES_READ = "notices:read", _("Letters and their receipts")
    FIGURES_READ = "figures:read", _("Figures of closed months")
    APPROVALS_READ = "approvals:read", _("Approvals")
    ORGANISATION_READ = "organisation:read", _("Branches")
    OPERATION_READ = "operation:read", _("Daily runs")
    DELIVERIES_READ = "deliveries:read", _("Deliveries and their reports")
    DELIVERIES_WRITE = "deliveries:write", _("Upload of deliveries")
