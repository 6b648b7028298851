"""Requests for advice and their answers."""
