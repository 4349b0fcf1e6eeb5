"""What makes a process fit to hold secrets, and ends the console in time."""
