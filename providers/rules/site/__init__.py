"""The site engineer: concrete quantities from spoken dimensions, and short advice on a few topics."""
