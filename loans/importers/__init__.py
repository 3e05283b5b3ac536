"""Core-banking deliveries: read, checked, applied set-based (contracts, section 2).

``contract`` says which columns fill which fields; everything else follows from the models' fields.
"""

from loans.importers.delivery import import_delivery
from loans.importers.reconciliation import reconcile
from loans.importers.report import FileReport, Mode, Report

__all__ = ["FileReport", "Mode", "Report", "import_delivery", "reconcile"]
