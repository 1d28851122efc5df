"""What decides on models' figures, told from files, flags and macros: for every build system; standard library only."""
