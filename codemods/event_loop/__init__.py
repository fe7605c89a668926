"""TGF5xx: the event loop."""
