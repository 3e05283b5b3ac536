"""What people keep of the pages they read, and what a month looked like when it was closed."""

from reports.models.month import LoanSnapshot, PortfolioFigure, PortfolioMonth, TimelinessFigure
from reports.models.saved import SavedView

__all__ = ["LoanSnapshot", "PortfolioFigure", "PortfolioMonth", "SavedView", "TimelinessFigure"]
