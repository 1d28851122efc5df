"""Networks over time: keywords, vibration, gestures; convolutions, recurrence, attention, streaming."""

from __future__ import annotations

from images import Make
from network import Network
from network_values import NONE, RELU, VALID, Value


def perceptron(*units: int) -> Make:
    def make(net: Network) -> bytes:
        x = net.input(1, units[0])
        for count in units[1:-1]:
            x = net.dense(x, count, RELU)
        return net.build(net.dense(x, units[-1]))

    return make


def float_borders(net: Network) -> bytes:
    """QUANTIZE at the input, DEQUANTIZE at the output."""
    x = net.dense(net.dense(net.float_input(1, 12), 10, RELU), 3)
    return net.build(net.dequantized(net.softmax(x)))


def ds_cnn(net: Network) -> bytes:
    """MLPerf Tiny's keyword spotting."""
    x = net.conv(net.input(1, 25, 10, 1), 16, (10, 4), 2)
    for _ in range(3):
        x = net.conv(net.depthwise(x), 16, 1)
    return net.build(net.softmax(net.dense(net.pool(x, "AVERAGE_POOL_2D", x.shape[1:3]), 12)))


def tiny_conv(net: Network) -> bytes:
    """TFLM's micro_speech: one depthwise convolution with a multiplier, one dense layer."""
    x = net.depthwise(net.reshape(net.input(1, 49 * 8), 1, 49, 8, 1), (10, 8), 2, multiplier=4)
    return net.build(net.softmax(net.dense(x, 4)))


def conv_1d(net: Network) -> bytes:
    """Conv1D as Keras writes it: one row, and pools over time."""
    x = net.reshape(net.input(1, 64, 3), 1, 1, 64, 3)
    for depth in (8, 12, 16):
        x = net.pool(net.conv(x, depth, (1, 5)), "MAX_POOL_2D", (1, 2))
    return net.build(net.softmax(net.dense(net.mean(x, 1, 2), 5)))


def deep_conv_1d(net: Network) -> bytes:
    """Raw audio: wide kernels and strides first, depthwise ones later."""
    x = net.conv(net.input(1, 1, 400, 1), 8, (1, 40), (1, 10))
    for depth in (12, 16):
        x = net.conv(net.depthwise(x, (1, 9), (1, 2)), depth, 1)
    return net.build(net.softmax(net.dense(net.mean(x, 1, 2), 3)))


def tcn(*, causal: bool) -> Make:
    """Dilated convolutions over time with residuals; causal ones padded in front."""

    def make(net: Network) -> bytes:
        x = net.conv(net.input(1, 1, 40, 4), 8, 1, activation=NONE)
        for rate in (1, 2, 4, 8):
            if causal:
                y = net.pad(x, (0, 0), (0, 0), (2 * rate, 0), (0, 0))
                y = net.conv(y, 8, (1, 3), padding=VALID, dilation=(1, rate))
            else:
                y = net.conv(x, 8, (1, 3), dilation=(1, rate))
            x = net.add(x, net.conv(y, 8, 1, activation=NONE), RELU)
        last = net.window(x, 2, 39, 40) if causal else net.pool(x, "MAX_POOL_2D", (1, 40))
        return net.build(net.softmax(net.dense(net.reshape(last, 1, 8), 4)))

    return make


def wavenet(net: Network) -> bytes:
    """Gates: TANH times LOGISTIC, and all residuals added at the end."""
    x, total = net.conv(net.input(1, 1, 24, 2), 6, 1, activation=NONE), None
    for rate in (1, 2, 4):
        y, gate = (net.conv(x, 6, (1, 2), activation=NONE, dilation=(1, rate)) for _ in range(2))
        y = net.conv(net.mul(net.unary("TANH", y), net.unary("LOGISTIC", gate)), 6, 1, activation=NONE)
        total = y if total is None else net.add(total, y)
        x = net.add(x, y)
    return net.build(net.conv(net.unary("RELU", total or x), 5, 1, activation=NONE))


def lstm(net: Network) -> bytes:
    """Unrolled over six steps: four gates by one dense layer of input and state, SPLIT."""
    steps, units = net.unpack(net.input(1, 6, 4), 1), 6
    h: Value | None = None
    c: Value | None = None
    for x in steps:
        gates = net.dense(x if h is None else net.concatenate(x, h, axis=1), 4 * units)
        i, f, g, o = net.split(gates, 4, 1)
        i, f, o = (net.unary("LOGISTIC", gate) for gate in (i, f, o))
        new = net.mul(i, net.unary("TANH", g))
        c = new if c is None else net.add(net.mul(f, c), new)
        h = net.mul(o, net.unary("TANH", c))
    return net.build(net.dense(h or steps[0], 3))


def gru(net: Network) -> bytes:
    """Unrolled over five steps; the new state is n + z * (h - n)."""
    steps, units = net.unpack(net.input(1, 5, 4), 1), 6
    h = net.dense(steps[0], units)
    h = net.unary("TANH", h)
    for x in steps[1:]:
        joined = net.concatenate(x, h, axis=1)
        z, r = (net.unary("LOGISTIC", gate) for gate in net.split(net.dense(joined, 2 * units), 2, 1))
        n = net.unary("TANH", net.add(net.dense(x, units), net.mul(r, net.dense(h, units))))
        h = net.add(n, net.mul(z, net.sub(h, n)))
    return net.build(net.dense(h, 3))


def bidirectional(net: Network) -> bytes:
    """A recurrence over the sequence and one over its reverse (REVERSE_V2), joined."""
    source, states = net.input(1, 5, 4), []
    for sequence in (source, net.reverse(source, 1)):
        h: Value | None = None
        for x in net.unpack(sequence, 1):
            y = net.dense(x, 5)
            h = net.unary("TANH", y if h is None else net.add(y, net.dense(h, 5)))
        states.append(h or sequence)
    return net.build(net.softmax(net.dense(net.concatenate(*states), 4)))


def crnn(net: Network) -> bytes:
    """A convolution over the spectrogram, a recurrence over its columns, all states an output."""
    x = net.pool(net.conv(net.input(1, 8, 12, 1), 6), "MAX_POOL_2D", 2)
    sequence = net.reshape(net.transpose(x, 0, 2, 1, 3), 1, 6, 24)
    states: list[Value] = []
    for column in net.unpack(sequence, 1):
        y = net.dense(column, 6)
        states.append(net.unary("TANH", net.add(y, net.dense(states[-1], 6)) if states else y))
    return net.build(net.softmax(net.dense(net.pack(states, 1), 5)))


def normalized(net: Network, x: Value) -> Value:
    """Layer normalization: MEAN, SQUARED_DIFFERENCE, RSQRT."""
    mean = net.mean(x, -1 + len(x.shape), keep=True)
    spread = net.mean(net.squared_difference(x, mean), len(x.shape) - 1, keep=True)
    return net.mul(net.sub(x, mean), net.unary("RSQRT", spread))


def attended(net: Network, x: Value, heads: int) -> Value:
    """Self-attention of [1, time, depth] with a residual."""
    _, time, depth = x.shape
    parts = []
    for _ in range(3):
        y = net.reshape(net.dense(x, depth), 1, time, heads, depth // heads)
        parts.append(net.transpose(y, 0, 2, 1, 3))
    query, key, value = parts
    scores = net.softmax(net.matmul(query, key, adj_y=True))
    mixed = net.reshape(net.transpose(net.matmul(scores, value), 0, 2, 1, 3), 1, time, depth)
    return net.add(x, net.dense(mixed, depth))


def transformer(heads: int, time: int, depth: int, *, normal: bool = True) -> Make:
    def make(net: Network) -> bytes:
        x = net.add(net.dense(net.input(1, time, 6), depth), net.constant((1, time, depth), 0.5))
        x = attended(net, x, heads)
        x = normalized(net, x) if normal else x
        x = net.add(x, net.dense(net.dense(x, 2 * depth, RELU), depth))
        x = normalized(net, x) if normal else x
        return net.build(net.softmax(net.dense(net.mean(x, 1), 4)))

    return make


def vision_transformer(net: Network) -> bytes:
    """Patches by a convolution, tokens, attention, the mean of the tokens."""
    x = net.conv(net.input(1, 16, 16, 3), 8, 4, 4, NONE, VALID)
    x = attended(net, net.reshape(x, 1, 16, 8), 2)
    return net.build(net.softmax(net.dense(net.mean(x, 1), 4)))


def mlp_mixer(net: Network) -> bytes:
    """Dense layers over tokens (TRANSPOSE) and over channels."""
    x = net.dense(net.input(1, 9, 6), 8)
    for _ in range(2):
        mixed = net.dense(net.dense(net.transpose(x, 0, 2, 1), 12, RELU), 9)
        x = net.add(x, net.transpose(mixed, 0, 2, 1))
        x = net.add(x, net.dense(net.dense(x, 12, RELU), 8))
    return net.build(net.dense(net.mean(x, 1), 3))


def keyword_attention(net: Network) -> bytes:
    """Attention in the place of a pool: SOFTMAX of scores over time, BATCH_MATMUL with the sequence."""
    x = net.reshape(net.conv(net.input(1, 1, 20, 4), 8, (1, 3)), 1, 20, 8)
    scores = net.softmax(net.transpose(net.dense(x, 1), 0, 2, 1))
    return net.build(net.softmax(net.dense(net.reshape(net.matmul(scores, x), 1, 8), 4)))


def streaming_conv(net: Network) -> bytes:
    """A wake word as ESPHome runs it: each layer keeps its last frames in a resource variable."""
    x = net.input(1, 2, 1, 6)
    for number, (taps, depth) in enumerate(((5, 8), (3, 8))):
        handle, kept = net.variable(f"ring{number}", x, (1, taps - 2, 1, x.shape[-1]))
        whole = net.concatenate(kept, x, axis=1)
        net.assign(handle, net.window(whole, 1, 2, taps))
        padding = (taps - 1, 1)
        x = net.conv(net.depthwise(whole, padding, padding=VALID, activation=NONE), depth, 1)
    return net.build(net.unary("LOGISTIC", net.dense(net.flatten(x), 1)))


def streaming_rnn(net: Network) -> bytes:
    """The state of a recurrence, one step an invoke."""
    x = net.dense(net.input(1, 5), 6)
    handle, before = net.variable("h", Value(0, (), 1 / 128, 0, 0.6), (1, 6))
    h = net.unary("TANH", net.add(x, net.dense(before, 6)))
    net.assign(handle, h)
    return net.build(net.softmax(net.dense(h, 3)))


def moving_average(net: Network) -> bytes:
    """A window over the last eight samples, its average and its largest."""
    x = net.input(1, 1, 3)
    handle, kept = net.variable("window", x, (1, 7, 3))
    whole = net.concatenate(kept, x, axis=1)
    net.assign(handle, net.window(whole, 1, 1, 8))
    return net.build(net.mean(whole, 1), net.reduce_max(whole, 1))


SEQUENCES: dict[str, Make] = {
    "sine": perceptron(1, 16, 16, 1),
    "gesture_mlp": perceptron(33, 20, 10, 4),
    "deep_mlp": perceptron(16, 24, 24, 24, 24, 2),
    "float_borders": float_borders,
    "ds_cnn": ds_cnn,
    "tiny_conv": tiny_conv,
    "conv_1d": conv_1d,
    "deep_conv_1d": deep_conv_1d,
    "tcn": tcn(causal=False),
    "tcn_causal": tcn(causal=True),
    "wavenet": wavenet,
    "lstm": lstm,
    "gru": gru,
    "bidirectional": bidirectional,
    "crnn": crnn,
    "transformer": transformer(2, 8, 8),
    "transformer_narrow": transformer(1, 12, 6, normal=False),
    "vision_transformer": vision_transformer,
    "mlp_mixer": mlp_mixer,
    "keyword_attention": keyword_attention,
    "streaming_conv": streaming_conv,
    "streaming_rnn": streaming_rnn,
    "moving_average": moving_average,
}
