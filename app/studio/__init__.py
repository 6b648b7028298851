"""Workbench of the process designer: lint, versions, deploy."""
