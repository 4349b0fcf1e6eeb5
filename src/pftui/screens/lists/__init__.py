"""What a tab is, and the generic tab with a list."""
