"""What runs in the conversion environment, where TensorFlow and numpy are. Nothing of the tool imports this."""
