"""Persons, organisations, mandates and permissions."""
