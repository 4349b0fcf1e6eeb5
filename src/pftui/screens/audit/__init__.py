"""The Audit tab: what happened, by whom, and to what; and the history of one thing."""
