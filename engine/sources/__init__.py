"""Bytes and files: settings, discovery, reading, ignoring, suppression comments, what git says."""
