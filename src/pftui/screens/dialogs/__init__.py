"""Modals that all tabs share."""
