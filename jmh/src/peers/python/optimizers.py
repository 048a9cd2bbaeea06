"""Writes the ways of the optimizers that PyTorch has only in Python: the parameters after each step.

    python3 optimizers.py src/core/src/test/resources/dev/lanewise/vectors

50 steps in double precision from gradients that are floats, of a vector and of matrices, which lie
row by row; the ways are rounded to float once. Needs PyTorch 2.9 or later.
"""

import sys
from pathlib import Path
from unittest import mock

import torch
from torch import optim

from vectors import VectorFile

STEPS = 50
SHAPES = {"vector": (37,), "tall": (7, 5), "wide": (5, 7)}


def walk(file, name, shape, method, **options):
    """Keeps the way of one optimizer from the start of its shape along the gradients of its shape."""
    start, gradients = file.tensors[f"{shape}.start"], file.tensors[f"{shape}.gradients"]
    w = start.to(torch.float64).requires_grad_(True)
    optimizer = method([w], **options)
    way = []
    for gradient in gradients.to(torch.float64):
        w.grad = gradient.clone()
        optimizer.step()
        way.append(w.detach().clone())
    file.put(name, torch.stack(way))


def muon(file, name, shape, **options):
    """Muon in double precision throughout: PyTorch rounds the matrix to bfloat16 before its products."""
    with mock.patch.object(torch.Tensor, "bfloat16", torch.Tensor.clone):
        walk(file, name, shape, optim.Muon, **options)


def main(folder):
    torch.set_num_threads(1)
    file = VectorFile(3)
    for shape, sizes in SHAPES.items():
        file.normal(f"{shape}.start", *sizes)
        file.normal(f"{shape}.gradients", STEPS, *sizes)
    walk(file, "adadelta", "vector", optim.Adadelta, lr=0.5, rho=0.9, eps=1e-5, weight_decay=0.01)
    walk(file, "adamax", "vector", optim.Adamax, lr=0.01, weight_decay=0.01)
    walk(file, "nadam", "vector", optim.NAdam, lr=0.01, weight_decay=0.01)
    walk(file, "nadamw", "vector", optim.NAdam, lr=0.01, weight_decay=0.1, decoupled_weight_decay=True)
    walk(file, "radam", "vector", optim.RAdam, lr=0.01, weight_decay=0.01)
    walk(file, "radamw", "vector", optim.RAdam, lr=0.01, weight_decay=0.1, decoupled_weight_decay=True)
    walk(file, "adafactor", "vector", optim.Adafactor)
    walk(file, "adafactor_matrix", "tall", optim.Adafactor)
    muon(file, "muon", "tall", lr=0.02, weight_decay=0.1)
    muon(file, "muon_wide", "wide", lr=0.02, weight_decay=0.1)
    muon(file, "muon_without_nesterov", "tall", lr=0.02, weight_decay=0.0, nesterov=False)
    muon(file, "muon_like_adam", "wide", lr=0.01, weight_decay=0.1, adjust_lr_fn="match_rms_adamw")
    file.write(Path(folder, "optimizers.safetensors"))


if __name__ == "__main__":
    main(*sys.argv[1:])
