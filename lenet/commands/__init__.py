"""Command lines: flags, and one thin module for each command."""
