"""How somebody is let in: an attempt, the limits on attempts, and the row of the session that it begins."""
