"""A made-up Chinese bank whose core system delivers its book day by day, and the demo that runs on it."""
