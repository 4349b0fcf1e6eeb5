"""The Teams tab."""
