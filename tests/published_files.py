"""Small state dicts by the names of the original programs, and what the originals make of an image, written out."""

import math

import torch
import torch.nn.functional as F


def drawn(shapes, seed=0):
    """{name: random tensor}, of a size that lets every layer count; gains of norms around 1, variances above 0."""
    random = torch.Generator().manual_seed(seed)

    def tensor(name, shape):
        noise = torch.randn(*shape, generator=random)
        if name.endswith("running_var"):
            return 0.5 + noise.abs()
        if len(shape) == 1:
            return 1 + 0.2 * noise if name.endswith("weight") else 0.2 * noise
        return noise / math.prod(shape[1:]) ** 0.5

    return {name: tensor(name, shape) for name, shape in shapes.items()}


def conv(name, inputs, outputs, kernel=3, bias=True):
    return {f"{name}.weight": (outputs, inputs, kernel, kernel), **({f"{name}.bias": (outputs,)} if bias else {})}


def linear(name, inputs, outputs):
    return {f"{name}.weight": (outputs, inputs), f"{name}.bias": (outputs,)}


def batch_norm(name, features):
    kinds = ("weight", "bias", "running_mean", "running_var")
    return {f"{name}.{kind}": (features,) for kind in kinds}


def apply(x, tensors, name, **how):
    return F.conv2d(x, tensors[f"{name}.weight"], tensors.get(f"{name}.bias"), **how)


# RRDBNet ---------------------------------------------------------------------------------------------------------


def rrdb(scale=4, width=4, growth=2, blocks=2, channels=3, fold=True):
    shapes = conv("conv_first", channels * (4 if scale == 2 and fold else 1), width)
    for block in range(blocks):
        for dense in (1, 2, 3):
            for number in range(1, 6):
                outputs = growth if number < 5 else width
                shapes |= conv(f"body.{block}.rdb{dense}.conv{number}", width + (number - 1) * growth, outputs)
    for name in ("conv_body", "conv_up1", *(["conv_up2"] if scale == 4 or fold else []), "conv_hr"):
        shapes |= conv(name, width, width)
    return drawn(shapes | conv("conv_last", width, channels))


def bsrgan(scale=2):
    """In BSRGAN's names; its x2 enlarges once."""
    return second_release(rrdb(scale, fold=False))


def bsrgan_forward(tensors, x, scale=2):
    today = {old: name for name, old in zip(rrdb(scale, fold=False), bsrgan(scale), strict=True)}
    return rrdb_forward({today[name]: tensor for name, tensor in tensors.items()}, x, scale, fold=False)


def first_release(tensors):
    """The same network in a file of 2018."""
    numbers = {"conv_first": "0", "conv_body": "1.sub.2", "conv_up1": "3", "conv_up2": "6", "conv_hr": "8"}
    numbers["conv_last"] = "10"

    def former(name):
        layer, *inside = name.split(".")
        if layer == "body":
            return f"model.1.sub.{inside[0]}.{inside[1].upper()}.{inside[2]}.0.{inside[3]}"
        return f"model.{numbers[layer]}.{inside[0]}"

    return {former(name): tensor for name, tensor in tensors.items()}


def second_release(tensors):
    """The same network as ESRGAN's later files and BSRGAN's have it: RRDB_trunk.0.RDB1.conv1, trunk_conv, HRconv."""
    names = {"conv_body": "trunk_conv", "conv_up1": "upconv1", "conv_up2": "upconv2", "conv_hr": "HRconv"}

    def later(name):
        layer, _, inside = name.partition(".")
        if layer == "body":
            return f"RRDB_trunk.{inside.replace('rdb', 'RDB')}"
        return f"{names.get(layer, layer)}.{inside}"

    return {later(name): tensor for name, tensor in tensors.items()}


def rrdb_forward(tensors, x, scale=4, blocks=2, fold=True):
    rows, columns = x.shape[-2:]
    if scale == 2 and fold:
        x = F.pad(x, (0, columns % 2, 0, rows % 2), mode="reflect")
        # channel c of the image at (row i, column j) of each square of 2 x 2 px becomes channel 4 c + 2 i + j
        x = torch.stack([x[:, :, i::2, j::2] for i in (0, 1) for j in (0, 1)], 2).flatten(1, 2)
    first = body = apply(x, tensors, "conv_first", padding=1)
    for block in range(blocks):
        into = body
        for dense in (1, 2, 3):
            seen = [body]
            for number in range(1, 6):
                made = apply(torch.cat(seen, 1), tensors, f"body.{block}.rdb{dense}.conv{number}", padding=1)
                seen.append(F.leaky_relu(made, 0.2))
            body = body + 0.2 * made
        body = into + 0.2 * body
    x = first + apply(body, tensors, "conv_body", padding=1)
    for name in ("conv_up1", *(["conv_up2"] if scale == 4 or fold else [])):
        x = F.leaky_relu(apply(x.repeat_interleave(2, 2).repeat_interleave(2, 3), tensors, name, padding=1), 0.2)
    x = apply(F.leaky_relu(apply(x, tensors, "conv_hr", padding=1), 0.2), tensors, "conv_last", padding=1)
    return x[..., : scale * rows, : scale * columns]


# MSRResNet -------------------------------------------------------------------------------------------------------


def msrresnet(scale=4, width=4, blocks=2, channels=3):
    shapes = conv("conv_first", channels, width)
    for block in range(blocks):
        shapes |= conv(f"body.{block}.conv1", width, width) | conv(f"body.{block}.conv2", width, width)
    shapes |= conv("upconv1", width, width * (9 if scale == 3 else 4))
    shapes |= conv("upconv2", width, width * 4) if scale == 4 else {}
    return drawn(shapes | conv("conv_hr", width, width) | conv("conv_last", width, channels))


def msrresnet_forward(tensors, x, scale=4, blocks=2):
    made = F.leaky_relu(apply(x, tensors, "conv_first", padding=1), 0.1)
    for block in range(blocks):
        hidden = apply(made, tensors, f"body.{block}.conv1", padding=1).relu()
        made = made + apply(hidden, tensors, f"body.{block}.conv2", padding=1)
    for name, factor in {2: [("upconv1", 2)], 3: [("upconv1", 3)], 4: [("upconv1", 2), ("upconv2", 2)]}[scale]:
        made = F.leaky_relu(F.pixel_shuffle(apply(made, tensors, name, padding=1), factor), 0.1)
    made = apply(F.leaky_relu(apply(made, tensors, "conv_hr", padding=1), 0.1), tensors, "conv_last", padding=1)
    return made + F.interpolate(x, scale_factor=scale, mode="bilinear", align_corners=False)


# SwinIR ----------------------------------------------------------------------------------------------------------


def swinir(kind="direct", scale=2, embed=6, heads=2, window=4, layers=2, blocks=1, fusion=1, width=4, channels=3):
    def fused(name):
        if fusion == 1:
            return conv(name, embed, embed)
        narrow = embed // 4
        ends = conv(f"{name}.0", embed, narrow) | conv(f"{name}.4", narrow, embed)
        return ends | conv(f"{name}.2", narrow, narrow, kernel=1)

    shapes = conv("conv_first", channels, embed)
    shapes |= {f"{name}.{part}": (embed,) for name in ("patch_embed.norm", "norm") for part in ("weight", "bias")}
    for block in range(blocks):
        for layer in range(layers):
            place = f"layers.{block}.residual_group.blocks.{layer}"
            shapes |= {f"{place}.{name}.{part}": (embed,) for name in ("norm1", "norm2") for part in ("weight", "bias")}
            shapes[f"{place}.attn.relative_position_bias_table"] = ((2 * window - 1) ** 2, heads)
            shapes |= linear(f"{place}.attn.qkv", embed, 3 * embed) | linear(f"{place}.attn.proj", embed, embed)
            shapes |= linear(f"{place}.mlp.fc1", embed, 2 * embed) | linear(f"{place}.mlp.fc2", 2 * embed, embed)
        shapes |= fused(f"layers.{block}.conv")
    shapes |= fused("conv_after_body")
    if kind == "direct":
        return drawn(shapes | conv("upsample.0", embed, scale**2 * channels))
    shapes |= conv("conv_before_upsample.0", embed, width)
    if kind == "pixel_shuffle":
        factors = {2: [2], 3: [3], 4: [2, 2]}[scale]
        for number, factor in enumerate(factors):
            shapes |= conv(f"upsample.{2 * number}", width, factor**2 * width)
    else:
        for name in ("conv_up1", "conv_up2", "conv_hr")[:: 1 if scale == 4 else 2]:
            shapes |= conv(name, width, width)
    return drawn(shapes | conv("conv_last", width, channels))


def attended(x, tensors, place, heads, window, shift):
    """Attention pixel by pixel: each looks at those of its window that lie in the same part of the image as it does."""
    height, width, embed = x.shape
    size = embed // heads
    made = torch.empty_like(x)
    qkv = F.linear(x, tensors[f"{place}.qkv.weight"], tensors[f"{place}.qkv.bias"])
    query, key, value = (part.reshape(height, width, heads, size) for part in qkv.chunk(3, -1))
    table = tensors[f"{place}.relative_position_bias_table"].view(2 * window - 1, 2 * window - 1, heads)
    shifted = lambda place, side: (place - shift) // window if shift else place // window  # noqa: E731
    for row in range(height):
        for column in range(width):
            rows = [i for i in range(height) if shifted(i, height) == shifted(row, height)]
            columns = [j for j in range(width) if shifted(j, width) == shifted(column, width)]
            beside = [(i, j) for i in rows for j in columns]
            keys, values = (torch.stack([part[i, j] for i, j in beside]) for part in (key, value))
            bias = torch.stack([table[row - i + window - 1, column - j + window - 1] for i, j in beside])
            logits = torch.einsum("hs,nhs->nh", query[row, column] * size**-0.5, keys) + bias
            made[row, column] = torch.einsum("nh,nhs->hs", logits.softmax(0), values).reshape(embed)
    return F.linear(made, tensors[f"{place}.proj.weight"], tensors[f"{place}.proj.bias"])


def swinir_forward(tensors, x, kind="direct", scale=2, heads=2, window=4, layers=2, fusion=1):
    """Of one image whose sides are multiples of the window."""

    def fused(x, name):
        if fusion == 1:
            return apply(x, tensors, name, padding=1)
        x = F.leaky_relu(apply(x, tensors, f"{name}.0", padding=1), 0.2)
        return apply(F.leaky_relu(apply(x, tensors, f"{name}.2"), 0.2), tensors, f"{name}.4", padding=1)

    def normed(x, name):
        return F.layer_norm(x, x.shape[-1:], tensors[f"{name}.weight"], tensors[f"{name}.bias"])

    mean = torch.tensor([0.4488, 0.4371, 0.4040]).view(1, 3, 1, 1)
    first = apply(x - mean, tensors, "conv_first", padding=1)
    tokens = into = normed(first[0].permute(1, 2, 0), "patch_embed.norm")
    for layer in range(layers):
        place = f"layers.0.residual_group.blocks.{layer}"
        shift = window // 2 if layer % 2 else 0
        tokens = tokens + attended(normed(tokens, f"{place}.norm1"), tensors, f"{place}.attn", heads, window, shift)
        hidden = normed(tokens, f"{place}.norm2")
        for name in ("fc1", "fc2"):
            hidden = F.linear(hidden, tensors[f"{place}.mlp.{name}.weight"], tensors[f"{place}.mlp.{name}.bias"])
            hidden = F.gelu(hidden) if name == "fc1" else hidden
        tokens = tokens + hidden
    image = into.permute(2, 0, 1)[None] + fused(tokens.permute(2, 0, 1)[None], "layers.0.conv")
    deep = normed(image[0].permute(1, 2, 0), "norm").permute(2, 0, 1)[None]
    x = fused(deep, "conv_after_body") + first
    if kind == "direct":
        return F.pixel_shuffle(apply(x, tensors, "upsample.0", padding=1), scale) + mean
    x = F.leaky_relu(apply(x, tensors, "conv_before_upsample.0", padding=1), 0.01)
    if kind == "pixel_shuffle":
        for number in range({2: 1, 3: 1, 4: 2}[scale]):
            factor = 3 if scale == 3 else 2
            x = F.pixel_shuffle(apply(x, tensors, f"upsample.{2 * number}", padding=1), factor)
    else:
        for number in range({2: 1, 4: 2}[scale]):
            x = F.interpolate(x, scale_factor=2, mode="nearest")
            x = F.leaky_relu(apply(x, tensors, f"conv_up{number + 1}", padding=1), 0.2)
        x = F.leaky_relu(apply(x, tensors, "conv_hr", padding=1), 0.2)
    return apply(x, tensors, "conv_last", padding=1) + mean


# pix2pix and CycleGAN --------------------------------------------------------------------------------------------


def normed(x, tensors, name, norm):
    if norm == "batch":
        kinds = ("running_mean", "running_var", "weight", "bias")
        return F.batch_norm(x, *(tensors[f"{name}.{kind}"] for kind in kinds))
    return F.instance_norm(x) if norm == "instance" else x


def norm_shapes(name, features, norm, statistics=False):
    if norm == "batch":
        return batch_norm(name, features)
    kinds = ("running_mean", "running_var") if statistics else ()
    return {f"{name}.{kind}": (features,) for kind in kinds}


def unet(norm="batch", width=2, depth=5, channels=3):
    bias = norm == "instance"
    widths = [width * min(2**level, 8) for level in range(depth)]
    place, shapes = "model.model", conv("model.model.0", channels, width, 4, bias)
    shapes |= {"model.model.3.weight": (2 * width, channels, 4, 4), "model.model.3.bias": (channels,)}
    below = 1
    for level in range(1, depth):
        place, innermost = f"{place}.{below}.model", level == depth - 1
        below, up = 3, 3 if innermost else 5
        outer, inner = widths[level - 1], widths[level]
        shapes |= conv(f"{place}.1", outer, inner, 4, bias)
        shapes |= {} if innermost else norm_shapes(f"{place}.2", inner, norm)
        shapes[f"{place}.{up}.weight"] = (inner * (1 if innermost else 2), outer, 4, 4)
        shapes |= {f"{place}.{up}.bias": (outer,)} if bias else {}
        shapes |= norm_shapes(f"{place}.{up + 1}", outer, norm)
    return drawn(shapes)


def unet_forward(tensors, x, norm="batch", depth=5):
    """The decoder reads, through a ReLU, what the encoder handed on through its LeakyReLU."""

    def up(x, name):
        return F.conv_transpose2d(x, tensors[f"{name}.weight"], tensors.get(f"{name}.bias"), stride=2, padding=1)

    def level(x, place, number):
        x = F.leaky_relu(x, 0.2)
        made = apply(x, tensors, f"{place}.1", stride=2, padding=1)
        last = 3
        if number < depth - 1:
            made = level(normed(made, tensors, f"{place}.2", norm), f"{place}.3.model", number + 1)
            last = 5
        return torch.cat([x, normed(up(made.relu(), f"{place}.{last}"), tensors, f"{place}.{last + 1}", norm)], 1)

    made = level(apply(x, tensors, "model.model.0", stride=2, padding=1), "model.model.1.model", 1)
    return up(made.relu(), "model.model.3").tanh()


def resnet(norm="instance", width=2, blocks=2, channels=3, dropout=False, statistics=False):
    bias, second = norm == "instance", 6 if dropout else 5
    shapes = conv("model.1", channels, width, 7, bias) | norm_shapes("model.2", width, norm, statistics)
    for number, factor in ((4, 1), (7, 2)):
        shapes |= conv(f"model.{number}", factor * width, 2 * factor * width, 3, bias)
        shapes |= norm_shapes(f"model.{number + 1}", 2 * factor * width, norm, statistics)
    for block in range(10, 10 + blocks):
        for number in (1, second):
            shapes |= conv(f"model.{block}.conv_block.{number}", 4 * width, 4 * width, 3, bias)
            shapes |= norm_shapes(f"model.{block}.conv_block.{number + 1}", 4 * width, norm, statistics)
    for number, factor in ((10 + blocks, 4), (13 + blocks, 2)):
        shapes[f"model.{number}.weight"] = (factor * width, factor * width // 2, 3, 3)
        shapes |= {f"model.{number}.bias": (factor * width // 2,)} if bias else {}
        shapes |= norm_shapes(f"model.{number + 1}", factor * width // 2, norm, statistics)
    return drawn(shapes | conv(f"model.{17 + blocks}", width, channels, 7))


def resnet_forward(tensors, x, norm="instance", blocks=2, dropout=False):
    def mirrored(x, name, by):
        return apply(F.pad(x, (by,) * 4, mode="reflect"), tensors, name)

    def norm_of(x, name):
        return normed(x, tensors, name, norm)

    second = 6 if dropout else 5
    x = norm_of(mirrored(x, "model.1", 3), "model.2").relu()
    for number in (4, 7):
        x = norm_of(apply(x, tensors, f"model.{number}", stride=2, padding=1), f"model.{number + 1}").relu()
    for block in range(10, 10 + blocks):
        place = f"model.{block}.conv_block"
        made = norm_of(mirrored(x, f"{place}.1", 1), f"{place}.2").relu()
        x = x + norm_of(mirrored(made, f"{place}.{second}", 1), f"{place}.{second + 1}")
    for number in (10 + blocks, 13 + blocks):
        weights = tensors[f"model.{number}.weight"], tensors.get(f"model.{number}.bias")
        made = F.conv_transpose2d(x, *weights, stride=2, padding=1, output_padding=1)
        x = norm_of(made, f"model.{number + 1}").relu()
    return mirrored(x, f"model.{17 + blocks}", 3).tanh()


# Discriminators --------------------------------------------------------------------------------------------------


def unet_sn(width=2, channels=3):
    widths = [(channels, 1), (1, 2), (2, 4), (4, 8), (8, 4), (4, 2), (2, 1), (1, 1), (1, 1)]
    shapes = conv("conv0", channels, width) | conv("conv9", width, 1)
    for number, (before, after) in list(enumerate(widths))[1:]:
        kernel = 4 if number < 4 else 3
        shapes[f"conv{number}.weight_orig"] = (after * width, before * width, kernel, kernel)
        shapes[f"conv{number}.weight_u"] = (after * width,)
        shapes[f"conv{number}.weight_v"] = (before * width * kernel**2,)
    tensors = drawn(shapes)
    for number in range(1, len(widths)):
        left, _, right = torch.linalg.svd(tensors[f"conv{number}.weight_orig"].flatten(1), full_matrices=False)
        tensors |= {f"conv{number}.weight_u": left[:, 0].clone(), f"conv{number}.weight_v": right[0].clone()}
    return tensors


def unet_sn_forward(tensors, x):
    """Logits [N, 1, H, W]; each weight over its largest singular value, as far as u and v know it."""

    def layer(x, number):
        if number in (0, 9):
            return apply(x, tensors, f"conv{number}", padding=1)
        weight, u, v = (tensors[f"conv{number}.weight_{kind}"] for kind in ("orig", "u", "v"))
        weight = weight / (u @ weight.flatten(1) @ v)
        return F.conv2d(x, weight, stride=2 if number < 4 else 1, padding=1)

    maps = [F.leaky_relu(layer(x, 0), 0.2)]
    for number in (1, 2, 3):
        maps.append(F.leaky_relu(layer(maps[-1], number), 0.2))
    x = maps.pop()
    for number in (4, 5, 6):
        x = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
        x = F.leaky_relu(layer(x, number), 0.2) + maps.pop()
    for number in (7, 8):
        x = F.leaky_relu(layer(x, number), 0.2)
    return layer(x, 9)


def patches(norm="batch", width=2, channels=6, layers=3):
    bias = norm == "instance"
    widths = [width * min(2**level, 8) for level in range(layers + 1)]
    shapes = conv("model.0", channels, width, 4)
    for level in range(1, layers + 1):
        place = 3 * level - 1
        shapes |= conv(f"model.{place}", widths[level - 1], widths[level], 4, bias)
        shapes |= norm_shapes(f"model.{place + 1}", widths[level], norm)
    return drawn(shapes | conv(f"model.{3 * layers + 2}", widths[-1], 1, 4))


def patches_forward(tensors, x, norm="batch", layers=3):
    x = F.leaky_relu(apply(x, tensors, "model.0", stride=2, padding=1), 0.2)
    for level in range(1, layers + 1):
        place = 3 * level - 1
        x = apply(x, tensors, f"model.{place}", stride=2 if level < layers else 1, padding=1)
        x = F.leaky_relu(normed(x, tensors, f"model.{place + 1}", norm), 0.2)
    return apply(x, tensors, f"model.{3 * layers + 2}", padding=1)
