"""Writes what PyTorch answers to the inputs of the tests of layers: values and gradients.

    python3 vectors.py src/core/src/test/resources/dev/lanewise/vectors

Inputs are floats; PyTorch computes in double precision, and the results are rounded to float once.
Images are written with the channels last, and so are kernels. A gradient is that of the sum of all
results times their cotangents; that of X is called dX.
"""

import json
import sys
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class VectorFile:
    def __init__(self, seed):
        self.tensors = {}
        self.random = torch.Generator().manual_seed(seed)

    def put(self, name, tensor):
        assert name not in self.tensors, name
        self.tensors[name] = channels_last(tensor.detach()).to(torch.float32).contiguous()

    def normal(self, name, *shape, mean=0.0, deviation=1.0):
        """An input, kept under its name."""
        values = torch.randn(*shape, generator=self.random, dtype=torch.float32)
        leaf = (mean + deviation * values).to(torch.float64).requires_grad_(True)
        self.put(name, leaf)
        return leaf

    def results(self, name, inputs, outputs):
        """Keeps outputs, cotangents for them, and the gradients of the inputs."""
        total = 0
        for key, output in outputs.items():
            self.put(f"{name}.{key}", output)
            total = total + (output * self.normal(f"{name}.d{key}", *output.shape)).sum()
        gradients = torch.autograd.grad(total, list(inputs.values()))
        for key, gradient in zip(inputs, gradients):
            self.put(f"{name}.d{key}", gradient)

    def write(self, path):
        header, blobs, begin = {"__metadata__": made_with()}, [], 0
        for name, tensor in self.tensors.items():
            blob = tensor.numpy().tobytes()
            offsets = [begin, begin + len(blob)]
            header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": offsets}
            blobs.append(blob)
            begin += len(blob)
        text = json.dumps(header, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 8)
        path.write_bytes(len(text).to_bytes(8, "little") + text + b"".join(blobs))
        print(f"{path}: {len(self.tensors)} tensors")


def made_with():
    return {"made with": f"PyTorch {torch.__version__} in double precision"}


def channels_last(tensor):
    if tensor.dim() == 4:
        return tensor.permute(0, 2, 3, 1)
    return tensor


def convolutions(file):
    cases = {
        "plain": ((2, 3, 5, 6), (4, 3, 3, 3), {}),
        "strided": ((2, 3, 7, 6), (4, 3, 3, 2), {"stride": (2, 1), "padding": (1, 2)}),
        "dilated": ((1, 2, 8, 7), (3, 2, 3, 3), {"dilation": (2, 1), "padding": (2, 0)}),
        "grouped": ((2, 4, 5, 5), (6, 2, 3, 3), {"groups": 2, "padding": (1, 1)}),
        "depthwise": ((2, 5, 6, 6), (10, 1, 3, 3), {"groups": 5, "stride": (2, 2)}),
        "pointwise": ((2, 7, 4, 4), (5, 7, 1, 1), {}),
    }
    for name, (x_shape, weight_shape, options) in cases.items():
        x = file.normal(f"{name}.x", *x_shape)
        weight = file.normal(f"{name}.weight", *weight_shape, deviation=0.3)
        bias = file.normal(f"{name}.bias", weight_shape[0])
        y = F.conv2d(x, weight, bias, **options)
        file.results(name, {"x": x, "weight": weight, "bias": bias}, {"y": y})

    x = file.normal("transposed.x", 2, 4, 4, 3)
    weight = file.normal("transposed.weight", 4, 3, 3, 2, deviation=0.3)
    bias = file.normal("transposed.bias", 6)
    y = F.conv_transpose2d(
        x, weight, bias, stride=(2, 1), padding=(1, 0), output_padding=(1, 0), groups=2,
        dilation=(1, 2),
    )
    file.results("transposed", {"x": x, "weight": weight, "bias": bias}, {"y": y})

    # Series: [samples, length, channels] and [out, length, channels] in the file.
    x = file.normal("series.x", 2, 11, 3)
    weight = file.normal("series.weight", 4, 3, 3, deviation=0.3)
    bias = file.normal("series.bias", 4)
    y = F.conv1d(
        x.transpose(1, 2), weight.transpose(1, 2), bias, stride=2, padding=3, dilation=2
    ).transpose(1, 2)
    file.results("series", {"x": x, "weight": weight, "bias": bias}, {"y": y})


def poolings(file):
    x = file.normal("pool.x", 2, 3, 7, 5)
    windows = {"kernel_size": (3, 2), "stride": (2, 1), "padding": (1, 1)}
    results = {
        "max": F.max_pool2d(x, **windows),
        "max_tiles": F.max_pool2d(x, 2),
        "average": F.avg_pool2d(x, **windows, count_include_pad=False),
        "average_padded": F.avg_pool2d(x, **windows, count_include_pad=True),
        "adaptive": F.adaptive_avg_pool2d(x, (3, 2)),
        "global": F.adaptive_avg_pool2d(x, 1).flatten(1),
    }
    for name, y in results.items():
        file.results(name, {"x": x}, {"y": y})


def normalisations(file):
    x = file.normal("norm.x", 3, 6, 4, 5, mean=0.5, deviation=2)
    weight = file.normal("norm.weight", 6, mean=1, deviation=0.5)
    bias = file.normal("norm.bias", 6)
    mean = file.normal("norm.running_mean", 6).detach()
    variance = file.normal("norm.running_var", 6, mean=1, deviation=0.2).detach().abs()
    inputs = {"x": x, "weight": weight, "bias": bias}
    moved = [mean.clone(), variance.clone()]
    y = F.batch_norm(x, *moved, weight, bias, training=True, momentum=0.1, eps=1e-5)
    file.results("batch_norm", inputs, {"y": y})
    file.put("batch_norm.running_mean", moved[0])
    file.put("batch_norm.running_var", moved[1])
    y = F.batch_norm(x, mean, variance, weight, bias, training=False, eps=1e-5)
    file.results("batch_norm_inference", inputs, {"y": y})
    file.results("group_norm", inputs, {"y": F.group_norm(x, 3, weight, bias, eps=1e-5)})


class ResidualBlock(nn.Module):
    """torchvision's BasicBlock, with a projection."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride=2, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = nn.Sequential(
            nn.Conv2d(inputs, outputs, 1, stride=2, bias=False), nn.BatchNorm2d(outputs)
        )

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + self.downsample(x))


def residual_block(file):
    block = ResidualBlock(3, 4).double()
    x = file.normal("block.x", 2, 3, 7, 6)
    parameters = filled(file, "block", block)
    file.results("block.training", {"x": x, **parameters}, {"y": block(x)})
    for name, buffer in block.named_buffers():
        if buffer.dim() > 0:
            file.put(f"block.training.{name}", buffer)
    block.eval()
    file.results("block.inference", {"x": x, **parameters}, {"y": block(x)})


def filled(file, name, module):
    """The parameters of a module, with random values that are floats."""
    parameters = dict(module.named_parameters())
    for key, parameter in parameters.items():
        mean = 1 if parameter.dim() == 1 and "weight" in key else 0
        values = file.normal(f"{name}.{key}", *parameter.shape, mean=mean, deviation=0.3)
        parameter.data.copy_(values.detach())
    return parameters


def recurrent(file, name, module, kind, lengths):
    steps, batch = 5, 3
    parameters = filled(file, name, module)
    layers = module.num_layers * (2 if module.bidirectional else 1)
    x = file.normal(f"{name}.x", steps, batch, module.input_size)
    inputs = {"x": x, "h0": file.normal(f"{name}.h0", layers, batch, module.hidden_size)}
    if kind == "lstm":
        inputs["c0"] = file.normal(f"{name}.c0", layers, batch, module.hidden_size)
        states = (inputs["h0"], inputs["c0"])
    else:
        states = inputs["h0"]
    if lengths:
        x = pack_padded_sequence(x, torch.tensor(lengths), enforce_sorted=False)
    y, last = module(x, states)
    if lengths:
        y, _ = pad_packed_sequence(y, total_length=steps)
    outputs = {"y": y, **dict(zip("hc", last if kind == "lstm" else [last]))}
    file.results(name, {**inputs, **parameters}, outputs)


def layers_over_sequences(file):
    deep = {"input_size": 3, "hidden_size": 4, "num_layers": 2, "bidirectional": True}
    lengths = [4, 5, 2]
    recurrent(file, "lstm", nn.LSTM(5, 3).double(), "lstm", None)
    recurrent(file, "lstm_deep", nn.LSTM(**deep).double(), "lstm", lengths)
    recurrent(file, "gru_deep", nn.GRU(**deep).double(), "gru", lengths)
    recurrent(file, "rnn_tanh", nn.RNN(**deep).double(), "rnn", lengths)
    recurrent(file, "rnn_relu", nn.RNN(**deep, nonlinearity="relu").double(), "rnn", lengths)


def main(folder):
    torch.set_num_threads(1)
    images = VectorFile(1)
    convolutions(images)
    poolings(images)
    normalisations(images)
    residual_block(images)
    images.write(Path(folder, "images.safetensors"))
    sequences = VectorFile(2)
    layers_over_sequences(sequences)
    sequences.write(Path(folder, "sequences.safetensors"))


if __name__ == "__main__":
    main(*sys.argv[1:])
