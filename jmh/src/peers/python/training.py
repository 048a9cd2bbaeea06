"""A training by PyTorch on the CPU, driven line by line: the other side of PythonTrainingBenchmark.

    python3 training.py eager|compiled THREADS WEIGHTS BATCHES MODEL SIZES...

WEIGHTS is a safetensors file, BATCHES the inputs of all batches and then the targets, without a
header. Each line of the standard input is a number of steps to run, one batch after the other; the
answer is the loss of the last one.
"""

import itertools
import json
import sys

import numpy
import torch
from torch import nn
from torch.nn import functional as F


class Attention(nn.Module):
    def __init__(self, heads, width):
        super().__init__()
        self.heads = heads
        self.c_attn = nn.Linear(width, 3 * width)
        self.c_proj = nn.Linear(width, width)

    def forward(self, x):
        batch, length, width = x.shape
        split = (batch, length, self.heads, width // self.heads)
        q, k, v = (t.view(split).transpose(1, 2) for t in self.c_attn(x).split(width, 2))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.c_proj(y.transpose(1, 2).reshape(batch, length, width))


class FeedForward(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.c_fc = nn.Linear(width, 4 * width)
        self.c_proj = nn.Linear(4 * width, width)

    def forward(self, x):
        return self.c_proj(F.gelu(self.c_fc(x), approximate="tanh"))


class Block(nn.Module):
    def __init__(self, heads, width):
        super().__init__()
        self.ln_1 = nn.LayerNorm(width)
        self.attn = Attention(heads, width)
        self.ln_2 = nn.LayerNorm(width)
        self.mlp = FeedForward(width)

    def forward(self, x):
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


class Gpt(nn.Module):
    def __init__(self, batch, length, vocabulary, layers, heads, width):
        super().__init__()
        self.wte = nn.Embedding(vocabulary, width)
        self.wpe = nn.Embedding(length, width)
        self.h = nn.ModuleList(Block(heads, width) for _ in range(layers))
        self.ln_f = nn.LayerNorm(width)
        self.batch_shape = (batch, length)

    def batches(self, data):
        tokens, targets = numpy.frombuffer(data, numpy.int32).astype(numpy.int64).reshape(2, -1)
        return (
            torch.from_numpy(tokens).view(-1, *self.batch_shape),
            torch.from_numpy(targets).view(-1, self.batch_shape[0] * self.batch_shape[1]),
        )

    def forward(self, tokens, targets):
        x = self.wte(tokens) + self.wpe.weight
        for block in self.h:
            x = block(x)
        logits = F.linear(self.ln_f(x), self.wte.weight)
        return F.cross_entropy(logits.view(targets.numel(), -1), targets)


class Perceptron(nn.Module):
    def __init__(self, batch, inputs, hidden, classes):
        super().__init__()
        self.first = nn.Linear(inputs, hidden)
        self.second = nn.Linear(hidden, hidden)
        self.last = nn.Linear(hidden, classes)
        self.batch_shape = (batch, inputs)

    def batches(self, data):
        return rows_and_targets(data, self.batch_shape)

    def forward(self, x, targets):
        h = F.gelu(self.first(x), approximate="tanh")
        h = F.gelu(self.second(h), approximate="tanh")
        return F.cross_entropy(self.last(h), targets)


class LinearLoss(nn.Module):
    def __init__(self, rows, width, vocabulary):
        super().__init__()
        self.head = nn.Linear(width, vocabulary, bias=False)
        self.batch_shape = (rows, width)

    def batches(self, data):
        return rows_and_targets(data, self.batch_shape)

    def forward(self, x, targets):
        return F.cross_entropy(self.head(x), targets)


class ResidualBlock(nn.Module):
    def __init__(self, channels, width, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample = None
        if stride > 1 or channels != width:
            projection = nn.Conv2d(channels, width, 1, stride, bias=False)
            self.downsample = nn.Sequential(projection, nn.BatchNorm2d(width))

    def forward(self, x):
        branch = F.relu(self.bn1(self.conv1(x)), inplace=True)
        shortcut = x if self.downsample is None else self.downsample(x)
        return F.relu(self.bn2(self.conv2(branch)) + shortcut, inplace=True)


class ResNet(nn.Module):
    """Images and kernels lie with the channels last, the faster order for training on the CPU."""

    def __init__(self, batch, size, channels, classes, width, blocks):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        inputs = width
        for stage in range(3):
            layers = []
            for block in range(blocks):
                stride = 2 if stage > 0 and block == 0 else 1
                layers.append(ResidualBlock(inputs, width << stage, stride))
                inputs = width << stage
            self.add_module(f"layer{stage + 1}", nn.Sequential(*layers))
        self.fc = nn.Linear(inputs, classes)
        self.batch_shape = (batch, size * size * channels)
        self.image_shape = (batch, size, size, channels)
        self.to(memory_format=torch.channels_last)

    def batches(self, data):
        return rows_and_targets(data, self.batch_shape)

    def forward(self, x, targets):
        x = x.view(self.image_shape).permute(0, 3, 1, 2)
        x = F.relu(self.bn1(self.conv1(x)), inplace=True)
        x = self.layer3(self.layer2(self.layer1(x)))
        return F.cross_entropy(self.fc(x.mean((2, 3))), targets)


MODELS = {"gpt": Gpt, "mlp": Perceptron, "linear": LinearLoss, "resnet": ResNet}


def rows_and_targets(data, shape):
    rows, width = shape
    batches = len(data) // (4 * rows * (width + 1))
    x = numpy.frombuffer(data, numpy.float32, batches * rows * width).reshape(batches, *shape)
    targets = numpy.frombuffer(data, numpy.int32, offset=x.nbytes).astype(numpy.int64)
    return torch.from_numpy(x.copy()), torch.from_numpy(targets).view(batches, rows)


def read_safetensors(path):
    with open(path, "rb") as file:
        data = file.read()
    begin = 8 + int.from_bytes(data[:8], "little")
    tensors = {}
    for name, entry in json.loads(data[8:begin]).items():
        if name != "__metadata__":
            first, last = (begin + offset for offset in entry["data_offsets"])
            values = numpy.frombuffer(data[first:last], numpy.float32)
            tensor = torch.from_numpy(values.reshape(entry["shape"]).copy())
            tensors[name] = tensor.permute(0, 3, 1, 2) if tensor.dim() == 4 else tensor
    return tensors


def adamw(parameters):
    """The fused form where this PyTorch has one for the CPU, its fastest."""
    try:
        return torch.optim.AdamW(parameters, lr=1e-3, weight_decay=0.01, fused=True), "fused"
    except (RuntimeError, TypeError):
        return torch.optim.AdamW(parameters, lr=1e-3, weight_decay=0.01), "default"


def main(mode, threads, weights, batches, model, *sizes):
    torch.set_num_threads(int(threads))
    net = MODELS[model](*map(int, sizes))
    net.load_state_dict({**net.state_dict(), **read_safetensors(weights)})
    with open(batches, "rb") as file:
        turns = itertools.cycle(zip(*net.batches(file.read())))
    optimizer, form = adamw(net.parameters())
    run = torch.compile(net) if mode == "compiled" else net
    print(f"ready PyTorch {torch.__version__} {mode}, {threads} threads, {form} AdamW")
    for line in sys.stdin:
        for _ in range(int(line)):
            loss = run(*next(turns))
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad()
            value = loss.item()
        print(repr(value))


main(*sys.argv[1:])
