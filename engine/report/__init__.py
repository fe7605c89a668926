"""What `tgfix report` says of a bot: its map, where it loses time, and the steps that mend it.

It stands on the facts of `engine.analysis`, on what the codemods have found and on what the project declares. Each statement
has its places; what is not known is said to be so.
"""
