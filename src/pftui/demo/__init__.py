"""The throw-away organization of `pftui --demo`."""
