"""The benchmark: a synthetic book of any size, and what the product needs for its work on it."""
