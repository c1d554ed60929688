"""How alike an address text and a registered entry are, and what to do about it. No database, no clock."""
