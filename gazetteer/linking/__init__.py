"""From the register to the matching index and back: which entry each case address is linked to, and why."""
