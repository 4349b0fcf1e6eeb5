"""How the audit trail is told of things: changes, refusals, and what strangers can cause at will."""
