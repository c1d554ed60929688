"""The papers of a procedure: what they say, and the same content as PDF and as DOCX."""
