"""Run, persist and lock instances; incidents."""
