"""Limits of all that is read: files, pictures, archives, pickles and answers from the network.

A file may claim anything. What it claims is compared with these limits before memory, disk or time is
spent on it. They are far above what honest files need; docs/reliability.md has the table.
"""

# Imports nothing, so that each reader may name its limits here.
