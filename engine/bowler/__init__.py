"""Other people's Bowler queries under tgfix's review."""
