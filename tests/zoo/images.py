"""Networks that say what an image is: MLPerf Tiny, MobileNets, EfficientNet-lite, MCUNet and smaller ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from network import Network
from network_values import NONE, RELU, RELU6, VALID, Value

Make = Callable[[Network], bytes]


def head(net: Network, x: Value, classes: int) -> bytes:
    """Average over the image, a dense layer, SOFTMAX."""
    return net.build(net.softmax(net.dense(net.mean(x, 1, 2), classes)))


def lenet(net: Network) -> bytes:
    x = net.pool(net.conv(net.input(1, 20, 20, 1, zero_point=-128), 6, 5, padding=VALID), "AVERAGE_POOL_2D", 2)
    x = net.flatten(net.pool(net.conv(x, 12, 3, padding=VALID), "MAX_POOL_2D", 2))
    return net.build(net.softmax(net.dense(net.dense(x, 24, RELU), 10)))


def plain_cnn(activation: str) -> Make:
    """Three convolutions, each with an activation of its own."""

    def make(net: Network) -> bytes:
        x = net.input(1, 16, 16, 3)
        for depth in (8, 12, 16):
            x = net.conv(x, depth, 3, 2 if depth > 8 else 1, NONE)
            x = net.prelu(x) if activation == "PRELU" else net.unary(activation, x)
        return head(net, x, 5)

    return make


def resnet8(net: Network) -> bytes:
    """MLPerf Tiny's image classification."""
    x = net.conv(net.input(1, 16, 16, 3), 8)
    for depth, stride in ((8, 1), (16, 2), (32, 2)):
        y = net.conv(net.conv(x, depth, 3, stride), depth, activation=NONE)
        x = net.add(x if stride == 1 else net.conv(x, depth, 1, stride, NONE), y, RELU)
    return head(net, x, 10)


def wide_resnet(net: Network) -> bytes:
    """Two blocks with the activation before each convolution."""
    x = net.conv(net.input(1, 12, 12, 3), 16, activation=NONE)
    for _ in range(2):
        y = net.conv(net.unary("RELU", x), 16, activation=NONE)
        x = net.add(x, net.conv(net.unary("RELU", y), 16, activation=NONE))
    return head(net, x, 10)


def mobilenet_v1(alpha: int, size: int, blocks: Sequence[tuple[int, int]]) -> Make:
    def make(net: Network) -> bytes:
        x = net.conv(net.input(1, size, size, 3), alpha, 3, 2, RELU6)
        for depth, stride in blocks:
            x = net.conv(net.depthwise(x, 3, stride, RELU6), depth * alpha, 1, 1, RELU6)
        return net.build(net.softmax(net.dense(net.pool(x, "AVERAGE_POOL_2D", x.shape[1:3]), 4)))

    return make


def inverted(
    net: Network, x: Value, depth: int, stride: int, expand: int, *, size: int = 3, lite: bool = False
) -> Value:
    """MobileNetV2's block: wide, depthwise, narrow, and the input added where it fits."""
    y = net.conv(x, x.shape[-1] * expand, 1, 1, RELU6) if expand > 1 else x
    if stride > 1 and not lite:  # as Keras pads
        y = net.depthwise(net.pad(y, (0, 0), (0, 1), (0, 1), (0, 0)), size, stride, RELU6, VALID)
    else:
        y = net.depthwise(y, size, stride, RELU6)
    y = net.conv(y, depth, 1, 1, NONE)
    return net.add(x, y) if stride == 1 and x.shape[-1] == depth else y


def mobilenet_v2(width: int, size: int, *, lite: bool = False) -> Make:
    def make(net: Network) -> bytes:
        x = net.conv(net.input(1, size, size, 3), width, 3, 2, RELU6)
        for depth, stride, expand in ((1, 1, 1), (2, 2, 4), (2, 1, 4), (3, 2, 4), (3, 1, 4)):
            x = inverted(net, x, depth * width, stride, expand, lite=lite)
        return head(net, net.conv(x, 8 * width, 1, 1, RELU6), 6)

    return make


def squeezed(net: Network, x: Value, *, gate: str = "LOGISTIC", dense: bool = True) -> Value:
    """Squeeze and excite: each channel times a number made of the averages of all."""
    batch, _, _, depth = x.shape
    if dense:
        y = net.dense(net.dense(net.mean(x, 1, 2), max(depth // 4, 2), RELU), depth)
        y = net.reshape(y, batch, 1, 1, depth)
    else:
        y = net.conv(net.conv(net.mean(x, 1, 2, keep=True), max(depth // 4, 2), 1), depth, 1, activation=NONE)
    return net.mul(x, net.unary(gate, y))


def mobilenet_v3(net: Network) -> bytes:
    """HARD_SWISH, and squeeze and excite by a hard sigmoid: RELU6(x + 3) / 6."""
    x = net.unary("HARD_SWISH", net.conv(net.input(1, 24, 24, 3), 8, 3, 2, NONE))
    for depth, stride in ((8, 1), (12, 2), (12, 1), (16, 2)):
        y = net.unary("HARD_SWISH", net.conv(x, x.shape[-1] * 3, 1, 1, NONE))
        y = net.unary("HARD_SWISH", net.depthwise(y, 5, stride, NONE))
        z = net.conv(net.conv(net.mean(y, 1, 2, keep=True), 4, 1), y.shape[-1], 1, activation=NONE)
        z = net.mul(net.add(z, net.constant((1,), 0.01, 3.0), RELU6), net.constant((1,), 0.001, 1 / 6))
        y = net.conv(net.mul(y, z), depth, 1, 1, NONE)
        x = net.add(x, y) if y.shape == x.shape else y
    return head(net, net.unary("HARD_SWISH", x), 6)


def efficientnet(*, lite: bool) -> Make:
    """Lite has RELU6 and no squeeze and excite; the other x * LOGISTIC(x) and both."""

    def make(net: Network) -> bytes:
        x = net.conv(net.input(1, 24, 24, 3), 8, 3, 2, RELU6 if lite else NONE)
        for depth, stride, size in ((8, 1, 3), (12, 2, 3), (12, 1, 3), (20, 2, 5)):
            if lite:
                x = inverted(net, x, depth, stride, 3, size=size, lite=True)
                continue
            y = net.conv(x, x.shape[-1] * 2, 1, 1, NONE)
            y = net.mul(y, net.unary("LOGISTIC", y))
            y = squeezed(net, net.depthwise(y, size, stride, NONE), dense=False)
            y = net.conv(y, depth, 1, 1, NONE)
            x = net.add(x, y) if y.shape == x.shape else y
        return head(net, x, 6)

    return make


def mcunet(net: Network) -> bytes:
    """Blocks of kernels 3, 5 and 7 and of several expansions."""
    x = net.depthwise(net.conv(net.input(1, 32, 32, 3), 8, 3, 2, RELU6), 3, 1, RELU6)
    x = net.conv(x, 4, 1, 1, NONE)
    for depth, stride, expand, size in ((8, 2, 3, 7), (8, 1, 5, 3), (12, 2, 4, 5), (12, 1, 3, 7), (16, 2, 4, 3)):
        x = inverted(net, x, depth, stride, expand, size=size, lite=True)
    return head(net, net.conv(x, 32, 1, 1, RELU6), 2)


def squeezenet(net: Network) -> bytes:
    """Fire modules: two convolutions side by side, joined."""
    x = net.pool(net.conv(net.input(1, 24, 24, 3), 8, 3, 2), "MAX_POOL_2D", 3, 2)
    for squeeze, expand in ((4, 8), (4, 8), (8, 12)):
        y = net.conv(x, squeeze, 1)
        x = net.concatenate(net.conv(y, expand, 1), net.conv(y, expand, 3))
    return net.build(net.softmax(net.mean(net.conv(x, 5, 1), 1, 2)))


def densenet(net: Network) -> bytes:
    """Each layer sees all before it."""
    x = net.conv(net.input(1, 12, 12, 3), 8)
    for _ in range(3):
        x = net.concatenate(x, net.conv(net.conv(x, 8, 1), 4, 3))
    return head(net, net.pool(net.conv(x, 8, 1), "AVERAGE_POOL_2D", 2), 4)


def inception(net: Network) -> bytes:
    """Four branches: 1 x 1, 3 x 3, 5 x 5 as two of 3 x 3, and a pool."""
    x = net.conv(net.input(1, 16, 16, 3), 8, 3, 2)
    for _ in range(2):
        pooled = net.pool(net.pad(x, (0, 0), (1, 1), (1, 1), (0, 0)), "MAX_POOL_2D", 3, 1)
        branches = [net.conv(x, 4, 1), net.conv(net.conv(x, 3, 1), 4), net.conv(net.conv(net.conv(x, 3, 1), 4), 4)]
        x = net.concatenate(*branches, net.conv(pooled, 4, 1))
    return head(net, x, 4)


def shufflenet(net: Network) -> bytes:
    """Grouped convolutions, whose channels are mixed by RESHAPE, TRANSPOSE, RESHAPE."""
    x = net.conv(net.input(1, 16, 16, 3), 12, 3, 2)
    for _ in range(2):
        batch, height, width, depth = x.shape
        y = net.reshape(net.conv(x, depth, 1, groups=3), batch, height, width, 3, depth // 3)
        y = net.reshape(net.transpose(y, 0, 1, 2, 4, 3), batch, height, width, depth)
        y = net.conv(net.depthwise(y, 3, 1, NONE), depth, 1, groups=3, activation=NONE)
        x = net.add(x, y, RELU)
    return head(net, x, 4)


def channel_gather(net: Network) -> bytes:
    """Channels mixed by GATHER, a half of them passed on by SPLIT."""
    x = net.conv(net.input(1, 12, 12, 3), 8)
    for _ in range(2):
        kept, changed = net.split(x, 2)
        changed = net.conv(net.depthwise(net.conv(changed, 4, 1)), 4, 1)
        x = net.gather(net.concatenate(kept, changed), [0, 4, 1, 5, 2, 6, 3, 7], 3)
    return head(net, x, 4)


def ghostnet(net: Network) -> bytes:
    """Half of each layer's channels are cheap: depthwise of the other half."""
    x = net.conv(net.input(1, 16, 16, 3), 8, 3, 2)
    for depth in (12, 16):
        y = net.conv(x, depth // 2, 1)
        x = squeezed(net, net.concatenate(y, net.depthwise(y)))
    return head(net, x, 4)


def convmixer(net: Network) -> bytes:
    """Patches by one convolution as wide as its stride, then depthwise 7 x 7 with a residual."""
    x = net.unary("ELU", net.conv(net.input(1, 20, 20, 3), 12, 4, 4, NONE))
    for _ in range(2):
        x = net.add(net.unary("ELU", net.depthwise(x, 5, 1, NONE)), x)
        x = net.unary("ELU", net.conv(x, 12, 1, 1, NONE))
    return head(net, x, 4)


def focus(net: Network) -> bytes:
    """SPACE_TO_DEPTH in the place of the first convolution's stride."""
    x = net.conv(net.blocks(net.input(1, 24, 24, 3), 2, to_depth=True), 8)
    x = net.pool(net.conv(x, 12, 3, 2, RELU6), "MAX_POOL_2D", 2)
    return head(net, x, 3)


def mirrored(net: Network) -> bytes:
    """MIRROR_PAD before convolutions without padding."""
    x = net.input(1, 14, 14, 3)
    for depth in (8, 8):
        x = net.conv(net.pad(x, (0, 0), (1, 1), (1, 1), (0, 0), mirror=True), depth, padding=VALID)
    return head(net, x, 3)


def person(net: Network) -> bytes:
    """MLPerf Tiny's visual wake words: grey, MobileNetV1 at a quarter."""
    x = net.conv(net.input(1, 32, 32, 1), 4, 3, 2, RELU6)
    for depth, stride in ((8, 1), (16, 2), (16, 1), (32, 2), (32, 1), (48, 2)):
        x = net.conv(net.depthwise(x, 3, stride, RELU6), depth, 1, 1, RELU6)
    x = net.pool(x, "AVERAGE_POOL_2D", x.shape[1:3])
    return net.build(net.softmax(net.reshape(net.conv(x, 2, 1, activation=NONE), 1, 2)))


def siamese(net: Network) -> bytes:
    """Two images, how far apart they are: ABS of the difference of two embeddings."""
    embeddings = []
    for _ in range(2):
        x = net.conv(net.conv(net.input(1, 12, 12, 1), 6, 3, 2), 8, 3, 2)
        embeddings.append(net.dense(x, 8))
    apart = net.unary("ABS", net.sub(*embeddings))
    return net.build(net.unary("LOGISTIC", net.dense(apart, 1)))


IMAGES: dict[str, Make] = {
    "lenet": lenet,
    "cnn_relu": plain_cnn("RELU"),
    "cnn_leaky_relu": plain_cnn("LEAKY_RELU"),
    "cnn_elu": plain_cnn("ELU"),
    "cnn_prelu": plain_cnn("PRELU"),
    "cnn_tanh": plain_cnn("TANH"),
    "resnet8": resnet8,
    "wide_resnet": wide_resnet,
    "mobilenet_v1": mobilenet_v1(4, 32, ((2, 1), (4, 2), (4, 1), (8, 2))),
    "mobilenet_v1_narrow": mobilenet_v1(2, 24, ((2, 2), (4, 2), (8, 2))),
    "mobilenet_v2": mobilenet_v2(4, 24),
    "mobilenet_v2_lite": mobilenet_v2(6, 16, lite=True),
    "mobilenet_v3": mobilenet_v3,
    "efficientnet": efficientnet(lite=False),
    "efficientnet_lite": efficientnet(lite=True),
    "mcunet": mcunet,
    "squeezenet": squeezenet,
    "densenet": densenet,
    "inception": inception,
    "shufflenet": shufflenet,
    "channel_gather": channel_gather,
    "ghostnet": ghostnet,
    "convmixer": convmixer,
    "focus": focus,
    "mirrored": mirrored,
    "person": person,
    "siamese": siamese,
}
