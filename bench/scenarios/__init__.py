"""What an agent is to achieve, apart from how it talks: professions with their tasks, and how answers are scored."""
