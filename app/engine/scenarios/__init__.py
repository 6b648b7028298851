"""Scenarios: a process is deployed, played step by step on a virtual clock, and compared with what was expected."""
