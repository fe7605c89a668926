"""From changes to new text: edits, imports, support code, composing, verifying, diffs."""
