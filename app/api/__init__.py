"""The JSON interface: a door."""
