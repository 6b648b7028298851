"""Strict ISO 8601 and the rows of what is due."""
