"""Remarks tied to a place in a document, a section or a row."""
