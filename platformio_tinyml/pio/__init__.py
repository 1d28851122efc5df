"""What knows SCons and PlatformIO: the stages of a build as nodes, the gate behind the linker."""
