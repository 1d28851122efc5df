"""The self test: a firmware that runs the project's models where no emulator reaches, and what its log proves."""
