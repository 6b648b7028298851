"""Due dates, reminders and the ladder."""
