"""One module a process: the handlers of its service tasks."""
