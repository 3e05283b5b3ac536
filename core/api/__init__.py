"""The generic half of the REST API: lists and records over rows, paging, problems, limits, the schema.

An app declares a ``Resource`` in its ``api.py``; ``postloan/api`` puts them together.
"""
