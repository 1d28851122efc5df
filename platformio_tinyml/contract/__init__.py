"""What a firmware expects of a model that may be replaced without it."""
