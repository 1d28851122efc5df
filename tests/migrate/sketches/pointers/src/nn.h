#ifndef NN_H
#define NN_H
bool nn_begin();
bool nn_classify(float *scores);
#endif
