"""`tgfix lsp`: findings and changes in editors, by the Language Server Protocol. Only `server` and `protocol` load pygls."""
