"""What is true now, what will be, and whether the night will be long enough."""
