"""A run: find, plan, write, journal, commits."""
