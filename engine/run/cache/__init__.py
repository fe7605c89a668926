"""What earlier runs have found out, in `.tgfix_cache/` of a project, for runs in which nothing has changed since."""
