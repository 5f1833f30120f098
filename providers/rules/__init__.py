"""The rules of the embedded conversation partner: pure functions from a conversation to a reply, and the words they use.

Read in this order: `talk/` (what every persona shares: reading a message, choosing words, small talk), then one folder per
persona. Nothing here waits, draws random numbers, reads a clock or keeps state between two replies.
"""
