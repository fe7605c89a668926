"""Everything between paths and new text: discovery, reading, screening, analysis, composing, verifying, diffing,
writing.
"""
