"""Apps that are served: each as `checked` by pftui, and `unchecked` by a check that only takes the header."""
