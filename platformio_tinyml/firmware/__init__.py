"""From a linked ELF to who owns each byte of flash and RAM. The only importer of pyelftools."""
