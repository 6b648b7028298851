"""Files and documents with versions."""
