"""What was measured of a firmware, and what it is held against: frozen types, and the files that they are kept in."""
