"""Writes language_{lstm,gru}.json: what PyTorch computes for a small language model.

    python3 make_vectors.py        # Debian: apt-get install python3-torch; written with 1.13.0

Embedding, two recurrent layers with given dropout masks, linear head; cross-entropy over the targets
that count, gradients, clipping by the global norm and ten updates of Adam and of AdamW, all in
float64. Weights are written in the trainer's layout: kernels act from the right (x W), gates in
ONNX's order (LSTM i o f c, GRU z r h), biases that are only ever added to each other as their sum.
"""

import json
import pathlib

import torch

VOCAB, EMBED, HIDDEN, LAYERS, WINDOW, BATCH = 11, 4, 5, 2, 6, 3
UPDATES, LR, CLIP, DECAY = 10, 1e-2, 0.2, 0.1
# Blocks of PyTorch's order (LSTM i f g o, GRU r z n) in ONNX's.
ORDER = {"lstm": [0, 3, 1, 2], "gru": [1, 0, 2]}

torch.manual_seed(3)
torch.set_default_dtype(torch.float64)


def flat(tensor):
    return [float(f"{x:.9g}") for x in tensor.detach().reshape(-1).tolist()]


def blocks(tensor, kind):
    """Gates along the first axis, from PyTorch's order to ONNX's."""
    parts = tensor.split(HIDDEN, 0)
    return torch.cat([parts[i] for i in ORDER[kind]], 0)


class Network(torch.nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.kind = kind
        self.embedding = torch.nn.Embedding(VOCAB, EMBED)
        cell = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[kind]
        widths = [EMBED] + [HIDDEN] * (LAYERS - 1)
        self.layers = torch.nn.ModuleList(cell(width, HIDDEN) for width in widths)
        self.head = torch.nn.Linear(HIDDEN, VOCAB)
        for layer in self.layers:
            # Where the second bias is only ever added to the first it stays zero: its sum is trained.
            bias = layer.bias_hh_l0
            alive = torch.zeros_like(bias)
            if kind == "gru":
                alive[2 * HIDDEN :] = 1.0
            bias.data *= alive
            bias.register_hook(lambda grad, alive=alive: grad * alive)

    def forward(self, tokens, states, masks):
        x, after = self.embedding(tokens), []
        for layer, state, mask in zip(self.layers, states, masks):
            state = tuple(s.unsqueeze(0) for s in state)
            x, state = layer(x, state if self.kind == "lstm" else state[0])
            after.append(state if self.kind == "lstm" else (state,))
            x = x * mask
        return self.head(x), after

    def named(self, of):
        """The trainer's tensors; `of` gives a parameter's value or gradient."""
        found = {"embedding": flat(of(self.embedding.weight))}
        for i, layer in enumerate(self.layers):
            found[f"layer{i}.w"] = flat(blocks(of(layer.weight_ih_l0), self.kind).t())
            found[f"layer{i}.r"] = flat(blocks(of(layer.weight_hh_l0), self.kind).t())
            found[f"layer{i}.b"] = flat(blocks(of(layer.bias_ih_l0), self.kind))
            if self.kind == "gru":
                found[f"layer{i}.rb"] = flat(of(layer.bias_hh_l0)[2 * HIDDEN :])
        found["head.w"] = flat(of(self.head.weight).t())
        found["head.b"] = flat(of(self.head.bias))
        return found


def vectors(kind):
    tokens = torch.randint(0, VOCAB, (WINDOW, BATCH))
    targets = torch.randint(0, VOCAB, (WINDOW, BATCH))
    counts = (torch.rand(WINDOW, BATCH) > 0.2).double()
    masks = [(torch.rand(WINDOW, BATCH, HIDDEN) > 0.25) / 0.75 for _ in range(LAYERS)]
    h = torch.randn(LAYERS, BATCH, HIDDEN) * 0.5
    c = torch.randn(LAYERS, BATCH, HIDDEN) * 0.5
    states = list(zip(h, c)) if kind == "lstm" else [(x,) for x in h]
    begin = Network(kind).state_dict()

    def nats(network):
        logits, after = network(tokens, states, masks)
        losses = torch.nn.functional.cross_entropy(
            logits.reshape(-1, VOCAB), targets.reshape(-1), reduction="none"
        )
        return (losses * counts.reshape(-1)).sum(), after

    network = Network(kind)
    network.load_state_dict(begin)
    total, after = nats(network)
    (total / counts.sum()).backward()
    out = {
        "kind": kind,
        "vocab": VOCAB, "embed": EMBED, "hidden": HIDDEN, "layers": LAYERS,
        "window": WINDOW, "batch": BATCH, "lr": LR, "clip": CLIP, "decay": DECAY,
        "tokens": tokens.reshape(-1).tolist(),
        "targets": targets.reshape(-1).tolist(),
        "counts": flat(counts),
        "masks": [flat(mask) for mask in masks],
        "h": flat(h),
        "c": flat(c) if kind == "lstm" else [],
        "weights": network.named(lambda p: p),
        "nats": float(total),
        "gradient": network.named(lambda p: p.grad),
        "h_out": flat(torch.cat([s[0][0] for s in after])),
        "c_out": flat(torch.cat([s[1][0] for s in after])) if kind == "lstm" else [],
    }
    for name, decay in [("adam", 0.0), ("adamw", DECAY)]:
        network = Network(kind)
        network.load_state_dict(begin)
        optimiser = torch.optim.AdamW(network.parameters(), lr=LR, weight_decay=decay)
        losses, norms = [], []
        for _ in range(UPDATES):
            optimiser.zero_grad()
            total, _ = nats(network)
            (total / counts.sum()).backward()
            norms.append(float(torch.nn.utils.clip_grad_norm_(network.parameters(), CLIP)))
            losses.append(float(total))
            optimiser.step()
        out[name] = {"nats": losses, "norms": norms, "weights": network.named(lambda p: p)}
    return out


folder = pathlib.Path(__file__).parent
for kind in ["lstm", "gru"]:
    text = json.dumps(vectors(kind), separators=(",", ":"))
    (folder / f"language_{kind}.json").write_text(text + "\n")
