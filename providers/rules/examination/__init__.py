"""Examining: the question of a task that the system prompt holds, and feedback on the answer to it."""
