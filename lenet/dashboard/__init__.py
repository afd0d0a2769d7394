"""Page of a run in progress, served to this machine alone."""
