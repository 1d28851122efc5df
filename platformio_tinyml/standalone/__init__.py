"""An ELF of generated code alone, for a core that the emulator has."""
