"""Reading by the API: scope, paging, fields, filters, changes."""
