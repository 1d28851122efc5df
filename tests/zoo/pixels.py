"""Networks whose output is an image too: detectors, segmentation, super-resolution, autoencoders."""

from __future__ import annotations

from images import Make, inverted
from network import Network
from network_values import NONE, RELU, RELU6, Value


def fomo(net: Network) -> bytes:
    """Where the middle of an object is: MobileNetV2 cut at an eighth, SOFTMAX of each cell."""
    x = net.conv(net.input(1, 32, 32, 3), 8, 3, 2, RELU6)
    for depth, stride in ((8, 1), (12, 2), (12, 1), (16, 2)):
        x = inverted(net, x, depth, stride, 3)
    x = net.conv(net.conv(x, 16, 1), 3, 1, activation=NONE)
    return net.build(net.softmax(x))


def ssd(net: Network) -> bytes:
    """Boxes and classes at two scales, reshaped and joined."""
    x = net.conv(net.conv(net.input(1, 32, 32, 3), 8, 3, 2, RELU6), 12, 3, 2, RELU6)
    boxes, classes = [], []
    for _ in range(2):
        x = net.conv(net.depthwise(x, 3, 2, RELU6), 16, 1, 1, RELU6)
        cells = x.shape[1] * x.shape[2] * 2
        boxes.append(net.reshape(net.conv(x, 8, 3, activation=NONE), 1, cells, 4))
        classes.append(net.reshape(net.conv(x, 6, 3, activation=NONE), 1, cells, 3))
    return net.build(net.concatenate(*boxes, axis=1), net.unary("LOGISTIC", net.concatenate(*classes, axis=1)))


def centernet(net: Network) -> bytes:
    """A heat map whose peaks are kept: MAX_POOL_2D, SUB; and sizes."""
    x = net.conv(net.conv(net.input(1, 24, 24, 3), 8, 3, 2), 16, 3, 2)
    x = net.conv(net.resize(x), 8)
    heat = net.unary("LOGISTIC", net.conv(x, 2, 1, activation=NONE))
    around = net.pool(net.pad(heat, (0, 0), (1, 1), (1, 1), (0, 0)), "MAX_POOL_2D", 3, 1)
    return net.build(net.sub(heat, around), net.conv(x, 2, 1, activation=NONE))


def yolo(net: Network) -> bytes:
    """Leaky convolutions, a finer map by RESIZE_NEAREST_NEIGHBOR and CONCATENATION, two heads."""
    x = net.unary("LEAKY_RELU", net.conv(net.input(1, 24, 24, 3), 6, 3, 2, NONE))
    fine = net.unary("LEAKY_RELU", net.conv(net.pool(x, "MAX_POOL_2D", 2), 12, activation=NONE))
    coarse = net.unary("LEAKY_RELU", net.conv(net.pool(fine, "MAX_POOL_2D", 2), 16, activation=NONE))
    joined = net.concatenate(fine, net.resize(net.conv(coarse, 8, 1, activation=NONE), half=False))
    return net.build(*(net.conv(each, 7, 1, activation=NONE) for each in (coarse, joined)))


def unet(up: str) -> Make:
    """Down by pools, up by `up`, what was lost joined again."""

    def make(net: Network) -> bytes:
        x, left = net.input(1, 16, 16, 3), []
        for depth in (6, 12):
            x = net.conv(x, depth)
            left.append(x)
            x = net.pool(x, "MAX_POOL_2D", 2)
        x = net.conv(x, 16)
        for depth, skip in ((12, left[1]), (6, left[0])):
            if up == "TRANSPOSE_CONV":
                x = net.transpose_conv(x, depth)
            elif up == "DEPTH_TO_SPACE":
                x = net.blocks(net.conv(x, depth * 4, 1), 2, to_depth=False)
            else:
                x = net.conv(net.resize(x, opcode=up), depth, 1)
            x = net.conv(net.concatenate(skip, x), depth)
        return net.build(net.unary("LOGISTIC", net.conv(x, 1, 1, activation=NONE)))

    return make


def fpn(net: Network) -> bytes:
    """Three scales, each added to the coarser one made larger."""
    x = net.conv(net.input(1, 24, 24, 3), 8, 3, 2)
    levels = []
    for _ in range(3):
        levels.append(net.conv(x, 8, 1, activation=NONE))
        x = net.conv(x, 12, 3, 2)
    top = levels.pop()
    outputs = [top]
    while levels:
        top = net.add(levels.pop(), net.resize(top, opcode="RESIZE_BILINEAR"))
        outputs.append(top)
    return net.build(*(net.conv(each, 4, activation=NONE) for each in outputs))


def deeplab(net: Network) -> bytes:
    """Dilated convolutions side by side and the image's average, made as large as the input."""
    x = net.conv(net.conv(net.input(1, 24, 24, 3), 8, 3, 2, RELU6), 12, 3, 2, RELU6)
    average = net.resize(net.conv(net.mean(x, 1, 2, keep=True), 6, 1), 6, "RESIZE_BILINEAR", half=False)
    branches = [net.conv(x, 6, 3, dilation=rate) for rate in (1, 2, 3)]
    x = net.conv(net.concatenate(*branches, average), 6, 1, activation=NONE)
    return net.build(net.arg_max(net.resize(x, 4, "RESIZE_BILINEAR", half=False)))


def espcn(net: Network) -> bytes:
    """Twice the resolution: DEPTH_TO_SPACE."""
    x = net.conv(net.conv(net.input(1, 12, 12, 1), 12, 5), 8)
    return net.build(net.blocks(net.conv(x, 4, activation=NONE), 2, to_depth=False))


def residual_sharpener(net: Network) -> bytes:
    """What is added to an image made larger by RESIZE_BILINEAR."""
    source = net.input(1, 10, 10, 1)
    large = net.resize(source, opcode="RESIZE_BILINEAR")
    return net.build(net.add(large, net.conv(net.conv(large, 8), 1, activation=NONE)))


def autoencoder(net: Network) -> bytes:
    """MLPerf Tiny's anomaly detection: dense layers down to 8 and back."""
    x = net.input(1, 96)
    for units in (32, 32, 8, 32, 32):
        x = net.dense(x, units, RELU)
    return net.build(net.dense(x, 96))


def conv_autoencoder(net: Network) -> bytes:
    """Convolutions down, TRANSPOSE_CONV up; the squared error, averaged, is an output too."""
    source = net.input(1, 16, 16, 1)
    x: Value = net.conv(net.conv(source, 6, 3, 2), 10, 3, 2)
    x = net.transpose_conv(net.transpose_conv(x, 6, 3), 4, 3)
    made = net.conv(x, 1, activation=NONE)
    return net.build(made, net.mean(net.squared_difference(source, made), 1, 2, 3))


PIXELS: dict[str, Make] = {
    "fomo": fomo,
    "ssd": ssd,
    "centernet": centernet,
    "yolo": yolo,
    "unet_transpose_conv": unet("TRANSPOSE_CONV"),
    "unet_bilinear": unet("RESIZE_BILINEAR"),
    "unet_nearest": unet("RESIZE_NEAREST_NEIGHBOR"),
    "unet_depth_to_space": unet("DEPTH_TO_SPACE"),
    "fpn": fpn,
    "deeplab": deeplab,
    "espcn": espcn,
    "residual_sharpener": residual_sharpener,
    "autoencoder": autoencoder,
    "conv_autoencoder": conv_autoencoder,
}
