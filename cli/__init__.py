"""The command line: typer commands, rendering and output formats. Knows no codemod by name."""
