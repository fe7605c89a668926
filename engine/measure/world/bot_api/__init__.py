"""What libraries of the Bot API share: what its servers answer, updates for handlers, and how these are explored."""
