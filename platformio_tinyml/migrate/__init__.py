"""From an interpreter in a sketch to the generated header: what would have to be edited. Nothing is written."""
