"""The self-test of a runtime: every stage once, on a film of a bundled picture."""
