"""Files in and out of the register: readers, importers, exporters."""
