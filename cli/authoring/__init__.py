"""For authors of codemods: `tgfix new` and `tgfix test`."""
