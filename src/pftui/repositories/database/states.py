"""SQLSTATEs of our own, beside the server's codes."""

#: The server was silent for too long.
NO_ANSWER = "PFNOA"
