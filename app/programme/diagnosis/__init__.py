"""Questionnaire answers and risk profiles."""
