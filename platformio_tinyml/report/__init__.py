"""From a footprint to checks, and from checks to what people and programs read. One file per format."""
