"""The console, by noun; its tabs and commands are put together in `registry`."""
