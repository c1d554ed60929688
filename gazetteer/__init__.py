"""The register: what officially exists, how it came to be, who decided it and which case is linked to it."""
