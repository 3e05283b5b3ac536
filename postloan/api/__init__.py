"""The REST API put together: its addresses, its schema, its page."""
