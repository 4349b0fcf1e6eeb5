"""Words, times, columns and JSON shapes for every front end, free of any framework."""
