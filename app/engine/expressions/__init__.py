"""FEEL, compiled to closures over an allow-list."""
