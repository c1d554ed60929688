"""The native API, one module a noun; each has a ``blueprint``, which the application finds by itself."""
