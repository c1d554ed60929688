"""Journey C: a door gets a number, the number a plate, the plate a place on the wall that somebody has confirmed."""
