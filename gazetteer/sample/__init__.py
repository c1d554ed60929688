"""The sample district: the real divisions of Fenghua and, laid on them, invented roads, addresses, plates and case records."""
