"""Notices in the bell and mails in the outbox."""
