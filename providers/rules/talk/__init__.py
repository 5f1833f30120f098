"""What every persona shares: reading a message, spoken numbers, choosing words without repeating, small talk, crisis."""
