"""The interviewer: asks about a project, follows up on what was said, gives short feedback."""
