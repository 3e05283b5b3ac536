"""Reads over loans."""

from loans.selectors.classes import floor_rules, floor_steps

__all__ = ["floor_rules", "floor_steps"]
