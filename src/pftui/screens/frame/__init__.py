"""The frame: the shell around the tabs, the sign-in, the welcome, the palette."""
