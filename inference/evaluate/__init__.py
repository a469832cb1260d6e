"""Measures: how far poses are from the truth, and the commands that say so."""
