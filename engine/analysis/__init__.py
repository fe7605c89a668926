"""What code means, read only: modules, scopes, values, calls, what is shared."""
