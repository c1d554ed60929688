"""``python -m geoaddr`` is the same as ``geoaddr``."""

from geoaddr.cli import main

main(prog_name="geoaddr")
