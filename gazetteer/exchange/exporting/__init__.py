"""The register as files: the same kinds, columns and formats that imports take."""
