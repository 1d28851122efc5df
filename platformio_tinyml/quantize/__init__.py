"""SavedModel, Keras and float .tflite -> int8 .tflite, its accuracy, and the lock that lets others build without us.

The modules here need the standard library alone (`source` also reads .tflite files); what needs TensorFlow is in
`workers` and runs in a process of its own, by the interpreter of the conversion environment.
"""
