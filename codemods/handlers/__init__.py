"""TGF1xx: how handlers are registered and dispatched."""
