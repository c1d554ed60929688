"""What an address is: its parts, how text becomes them, coordinates, settings and the command line."""

__version__ = "0.1.0"
