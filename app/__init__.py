"""Vekha: carries each school of a region through the life of its improvement roadmap."""
