"""Pages for people, one module a noun; each has a ``blueprint``, which the application finds by itself."""
