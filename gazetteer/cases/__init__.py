"""Records of business systems: what kinds there are, their persons kept apart, and warnings by comparison."""
