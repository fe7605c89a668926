"""Other people's codemods under the same review: what they make of a text, as one change."""
