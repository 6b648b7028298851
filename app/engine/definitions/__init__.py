"""Parse, check and version diagrams."""
