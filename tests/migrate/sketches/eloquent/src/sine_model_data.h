extern const unsigned char sine_model_data[];
