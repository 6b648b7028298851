"""Workers and ticker: a door."""
