"""Programs for Python 2: sources converted, and what meant something else then."""
