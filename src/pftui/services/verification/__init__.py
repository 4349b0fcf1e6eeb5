"""The verifier, and what it remembers between two calls."""
