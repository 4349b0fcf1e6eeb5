"""Keys in web frameworks. Nothing here is imported until it is asked for."""
