"""The page of `tgfix report --html`: one file, without network, on which people decide together."""
