"""What starts new instances: messages, signals and times, of the newest version of each process only."""
