"""The text by which messages and those who wait for them find each other."""

from app.engine.spiff.data import correlation_text as correlation_text
