"""Tables into the register: one module a kind, all through one door (``run.import_file``)."""
