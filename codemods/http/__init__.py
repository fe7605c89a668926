"""TGF2xx: network clients."""
