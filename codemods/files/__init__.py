"""TGF3xx: files."""
