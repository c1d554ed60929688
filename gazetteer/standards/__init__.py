"""What other authorities take from the register, in the shapes they publish."""
