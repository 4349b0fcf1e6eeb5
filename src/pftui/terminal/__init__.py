"""What goes out to a terminal and what comes from it."""
