"""The Flask face: pages for people, JSON for programs."""
