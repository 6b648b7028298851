"""Who holds the ball and how long, overdue, progress by territory. Reads everything, changes nothing."""
