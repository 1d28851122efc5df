"""Operators of PyTorch that compute: none reads or writes a file, runs code, or looks at memory of others.

Operators that nobody listed ask for consent, whatever a later PyTorch may add.
"""

from __future__ import annotations

from .keras_names import words

PYTHON = frozenset(f"_operator.{name}" for name in words("getitem add sub mul floordiv mod neg truediv"))
"""Of Python's numbers and lists."""

ATEN = words("""
    _assert_tensor_metadata _softmax _log_softmax _to_copy _unsafe_view alias clone contiguous copy detach detach_
    dropout dropout_ feature_dropout alpha_dropout empty_like full full_like lift_fresh lift_fresh_copy
    new_full new_ones new_zeros ones ones_like scalar_tensor to type_as zeros zeros_like arange eye linspace

    abs acos acosh add add_ addcdiv addcmul asin asinh atan atan2 atanh bitwise_and bitwise_not bitwise_or bitwise_xor
    ceil celu clamp clamp_ clamp_max clamp_min cos cosh div div_ elu elu_ eq erf erfc exp exp2 expm1 floor floor_divide
    fmod ge gelu glu gt hardshrink hardsigmoid hardsigmoid_ hardswish hardswish_ hardtanh hardtanh_ isfinite isinf
    isnan le leaky_relu leaky_relu_ lerp log log10 log1p log2 log_sigmoid logical_and logical_not logical_or logical_xor
    lt masked_fill maximum minimum mish mul mul_ ne neg pow prelu reciprocal relu relu6 relu6_ relu_ remainder round
    rsqrt rsub selu selu_ sigmoid sigmoid_ sign silu silu_ sin sinh softplus softshrink softsign sqrt square sub sub_
    tan tanh tanh_ threshold trunc where

    all amax amin any argmax argmin cumsum linalg_vector_norm log_softmax logsumexp max mean min norm prod softmax std
    sum topk var var_mean

    _convolution avg_pool1d avg_pool2d adaptive_avg_pool1d adaptive_avg_pool2d adaptive_max_pool1d adaptive_max_pool2d
    batch_norm _native_batch_norm_legit_no_training native_batch_norm conv1d conv2d conv_transpose1d conv_transpose2d
    convolution group_norm instance_norm layer_norm local_response_norm max_pool1d max_pool2d max_pool2d_with_indices
    native_group_norm native_layer_norm rms_norm lstm gru rnn_tanh rnn_relu embedding

    addbmm addmm addmv baddbmm bilinear bmm dot einsum linear matmul mm mv scaled_dot_product_attention

    as_strided_copy cat channel_shuffle chunk column_stack constant_pad_nd diagonal expand expand_as fill flatten flip
    gather grid_sampler grid_sampler_2d im2col index index_select index_put masked_select meshgrid movedim moveaxis
    narrow numpy_T pad permute pixel_shuffle pixel_unshuffle reflection_pad1d reflection_pad2d repeat repeat_interleave
    replication_pad1d replication_pad2d reshape roll scatter scatter_add select slice slice_scatter split
    split_with_sizes squeeze stack swapaxes t tile transpose tril triu unbind unflatten unfold unsqueeze
    upsample_bilinear2d upsample_nearest1d upsample_nearest2d view view_as
""")
