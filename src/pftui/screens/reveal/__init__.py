"""The secret that is shown once."""
