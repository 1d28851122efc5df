"""Scripts for another interpreter, which may have packages that the build path has not."""
