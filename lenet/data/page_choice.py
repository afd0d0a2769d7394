"""Names of what becomes of several pages of a file.

They lie by themselves, as flags have them and ``--help`` imports no other package.
"""

ALL, FIRST, PROJECT = "all", "first", "project"
PAGES = (ALL, FIRST, PROJECT)
