"""What happened; rows are only added."""
