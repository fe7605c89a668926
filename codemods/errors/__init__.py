"""TGF4xx: errors and flood waits."""
