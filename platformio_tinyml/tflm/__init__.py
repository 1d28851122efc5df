"""The interpreter runtime: a project's own TensorFlow Lite Micro, its resolver, and its arena by running it."""
