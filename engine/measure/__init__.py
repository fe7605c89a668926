"""Run a bot offline, as it is and as it would be after changes, and compare what it did and what that took.

`world` is what runs in the bot's own interpreter; the modules here prepare copies of the project (`copies`,
`environment`, `entries`), start it (`running`, `obstacles`), and compare (`effects`, `figures`). `measuring` puts them
together. Nothing of the owner's tree is written, and nothing but a copy of it is run.
"""
