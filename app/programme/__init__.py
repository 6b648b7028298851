"""The subject: what the diagrams mean in this building."""
