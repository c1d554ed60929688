"""Faces of well-known services over the same register, so that their clients work by changing a host name."""
