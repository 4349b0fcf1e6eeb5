"""Stylesheets of the console, found by importlib.resources in a checkout and in a wheel alike."""
