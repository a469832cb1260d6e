"""Data that a user downloads, turned into the project's own files by commands that the user starts."""
