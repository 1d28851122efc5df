extern const unsigned char digits_tflite[];
