"""The pages: a door."""
