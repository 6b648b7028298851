"""Settings, clock, database, errors, queue, mail, file storage: each a page long."""
