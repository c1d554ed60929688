"""Where the register is kept: tables, sessions, the event log, the spatial index, checks and backups."""
