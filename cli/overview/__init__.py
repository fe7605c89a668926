"""How `tgfix report` tells of a bot: in a terminal, as Markdown, as JSON, and on the first tab of the page."""
