"""Measures, indicators, evidence and snapshots."""
