#!/usr/bin/env python3
"""Writes penalty.json: a critic's gradient penalty and the gradient of it, by PyTorch's autograd.

Needs PyTorch (1.13 or newer): python3 make_penalty.py
"""

import json
from pathlib import Path

import torch

torch.manual_seed(7)
BATCH, CELLS, HIDDEN = 4, 10, 6

real = (torch.rand(BATCH, CELLS) < 0.3).float()
fake = (torch.rand(BATCH, CELLS) < 0.3).float()
mix = torch.rand(BATCH, 1)
shapes = [(CELLS, HIDDEN), (HIDDEN,), (HIDDEN, HIDDEN), (HIDDEN,), (HIDDEN, 1), (1,)]
weights = [torch.randn(*shape).requires_grad_() for shape in shapes]


def critic(x):
    x = torch.nn.functional.leaky_relu(x @ weights[0] + weights[1], 0.2)
    x = torch.tanh(x @ weights[2] + weights[3])
    return x @ weights[4] + weights[5]


between = (fake + (real - fake) * mix).requires_grad_()
(slope,) = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
penalty = (((slope * slope).sum(1) + 1e-12).sqrt() - 1).square().mean()
gradients = torch.autograd.grad(penalty, weights, allow_unused=True)
gradients = [torch.zeros_like(w) if g is None else g for g, w in zip(gradients, weights)]


def flat(t):
    return [float(f"{x:.9g}") for x in t.detach().flatten().tolist()]


vectors = {
    "batch": BATCH,
    "cells": CELLS,
    "hidden": HIDDEN,
    "real": flat(real),
    "fake": flat(fake),
    "mix": flat(mix),
    "weights": [flat(w) for w in weights],
    "penalty": penalty.item(),
    "gradients": [flat(g) for g in gradients],
}
path = Path(__file__).with_name("penalty.json")
path.write_text(json.dumps(vectors) + "\n")
