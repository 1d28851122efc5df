"""A linked model's outputs against other implementations', byte for byte, in the emulator."""
