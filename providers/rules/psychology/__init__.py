"""The psychologist: listens, names feelings, remembers, sums up, proposes small steps."""
