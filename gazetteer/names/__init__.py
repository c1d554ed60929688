"""Journey B: a name is flagged, examined, decided, and everything follows."""
