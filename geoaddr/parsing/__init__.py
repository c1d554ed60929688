"""How text becomes parts: a lattice of hits, the best path through it, and what each part stands for."""
