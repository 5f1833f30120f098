"""What the vendors say of their models: roles, shutdown dates, replacements, prices. One YAML file for each vendor."""
