"""Types of elements of kernels that take several, in the order of tinyml_kernels.h."""

ELEMENT_TYPES = ("INT8", "BOOL", "INT16", "INT32", "FLOAT32")
