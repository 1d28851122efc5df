"""What an ELF that others built does with its models: where they are, what arena they need, what is wasted."""
