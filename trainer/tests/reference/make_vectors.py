"""Writes {language,tied,keys,normal}_{lstm,gru}.json: what PyTorch computes for small networks.

    python3 make_vectors.py        # Debian: apt-get install python3-torch; written with 1.13.0

Embedding, two recurrent layers with given dropout masks, linear head; cross-entropy over the targets
that count, gradients, clipping by the global norm and ten updates of Adam and of AdamW, all in
float64. `tied` has the embedding as its head, label smoothing, and dropout of the embedding and of the
recurrent kernels, too; `keys` hears and predicts keys instead of tokens, with the same dropout; of `normal`
what every layer tells is normalised. Weights are written in the trainer's layout: kernels act from the right
(x W), gates in ONNX's order (LSTM i o f c, GRU z r h), biases that are only ever added to each other as their sum.
"""

import json
import pathlib

import torch

VOCAB, EMBED, HIDDEN, LAYERS, WINDOW, BATCH = 11, 4, 5, 2, 6, 3
UPDATES, LR, CLIP, DECAY, SMOOTHING = 10, 1e-2, 0.2, 0.1, 0.15
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
    def __init__(self, kind, form="language"):
        super().__init__()
        self.kind, self.form = kind, form
        embed = {"language": EMBED, "tied": HIDDEN, "keys": VOCAB, "normal": EMBED}[form]
        if form != "keys":
            self.embedding = torch.nn.Embedding(VOCAB, embed)
        cell = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[kind]
        widths = [embed] + [HIDDEN] * (LAYERS - 1)
        self.layers = torch.nn.ModuleList(cell(width, HIDDEN) for width in widths)
        self.norms = torch.nn.ModuleList()
        if form == "normal":
            self.norms.extend(torch.nn.LayerNorm(HIDDEN) for _ in range(LAYERS))
            for norm in self.norms:
                norm.weight.data += 0.3 * torch.randn(HIDDEN)
                norm.bias.data += 0.3 * torch.randn(HIDDEN)
        self.head = torch.nn.Linear(HIDDEN, VOCAB)
        if form == "tied":
            self.head.weight = self.embedding.weight
        for layer in self.layers:
            # Where the second bias is only ever added to the first it stays zero: its sum is trained.
            bias = layer.bias_hh_l0
            alive = torch.zeros_like(bias)
            if kind == "gru":
                alive[2 * HIDDEN :] = 1.0
            bias.data *= alive
            bias.register_hook(lambda grad, alive=alive: grad * alive)

    def forward(self, heard, states, masks, input_mask=1.0, kernel_masks=None):
        x, after = heard if self.form == "keys" else self.embedding(heard), []
        x = x * input_mask
        for i, (layer, state, mask) in enumerate(zip(self.layers, states, masks)):
            state = tuple(s.unsqueeze(0) for s in state)
            state = state if self.kind == "lstm" else state[0]
            kernel = layer.weight_hh_l0
            if kernel_masks is not None:
                kernel = kernel * kernel_masks[i]
            weights = [layer.weight_ih_l0, kernel, layer.bias_ih_l0, layer.bias_hh_l0]
            run = torch._VF.lstm if self.kind == "lstm" else torch._VF.gru
            x, *state = run(x, state, weights, True, 1, 0.0, False, False, False)
            state = tuple(state) if self.kind == "lstm" else state[0]
            after.append(state if self.kind == "lstm" else (state,))
            x = (self.norms[i](x) if self.norms else x) * mask
        return self.head(x), after

    def named(self, of):
        """The trainer's tensors; `of` gives a parameter's value or gradient."""
        found = {} if self.form == "keys" else {"embedding": flat(of(self.embedding.weight))}
        for i, layer in enumerate(self.layers):
            found[f"layer{i}.w"] = flat(blocks(of(layer.weight_ih_l0), self.kind).t())
            found[f"layer{i}.r"] = flat(blocks(of(layer.weight_hh_l0), self.kind).t())
            found[f"layer{i}.b"] = flat(blocks(of(layer.bias_ih_l0), self.kind))
            if self.kind == "gru":
                found[f"layer{i}.rb"] = flat(of(layer.bias_hh_l0)[2 * HIDDEN :])
            if self.norms:
                found[f"layer{i}.gain"] = flat(of(self.norms[i].weight))
                found[f"layer{i}.shift"] = flat(of(self.norms[i].bias))
        if self.form != "tied":
            found["head.w"] = flat(of(self.head.weight).t())
        found["head.b"] = flat(of(self.head.bias))
        return found


def vectors(kind, form):
    tokens = torch.randint(0, VOCAB, (WINDOW, BATCH))
    targets = torch.randint(0, VOCAB, (WINDOW, BATCH))
    more, smoothing = {}, 0.0
    if form == "keys":
        tokens, targets = ((torch.rand(WINDOW, BATCH, VOCAB) > 0.7).double() for _ in range(2))
    if form in ("tied", "keys"):
        smoothing = SMOOTHING if form == "tied" else 0.0
        width = HIDDEN if form == "tied" else VOCAB
        rows = {"lstm": 4, "gru": 3}[kind] * HIDDEN
        more = {
            "input_mask": (torch.rand(WINDOW, BATCH, width) > 0.2) / 0.8,
            "kernel_masks": [(torch.rand(rows, HIDDEN) > 0.2) / 0.8 for _ in range(LAYERS)],
        }
    counts = (torch.rand(WINDOW, BATCH) > 0.2).double()
    masks = [(torch.rand(WINDOW, BATCH, HIDDEN) > 0.25) / 0.75 for _ in range(LAYERS)]
    h = torch.randn(LAYERS, BATCH, HIDDEN) * 0.5
    c = torch.randn(LAYERS, BATCH, HIDDEN) * 0.5
    states = list(zip(h, c)) if kind == "lstm" else [(x,) for x in h]
    begin = Network(kind, form).state_dict()

    def nats(network, smoothing=0.0):
        logits, after = network(tokens, states, masks, **more)
        if form == "keys":
            losses = torch.nn.functional.binary_cross_entropy_with_logits(
                logits, targets, reduction="none"
            ).sum(-1).reshape(-1)
        else:
            losses = torch.nn.functional.cross_entropy(
                logits.reshape(-1, VOCAB), targets.reshape(-1), reduction="none",
                label_smoothing=smoothing,
            )
        return (losses * counts.reshape(-1)).sum(), after

    network = Network(kind, form)
    network.load_state_dict(begin)
    total, after = nats(network)
    (nats(network, smoothing)[0] / counts.sum()).backward()
    out = {
        "kind": kind,
        "vocab": VOCAB, "embed": HIDDEN if form == "tied" else EMBED, "hidden": HIDDEN, "layers": LAYERS,
        "window": WINDOW, "batch": BATCH, "lr": LR, "clip": CLIP, "decay": DECAY,
        "form": "keys" if form == "keys" else "tokens", "tied": form == "tied",
        "norm": form == "normal",
        "smoothing": smoothing,
        "tokens": tokens.reshape(-1).tolist(),
        "targets": targets.reshape(-1).tolist(),
        "counts": flat(counts),
        "masks": [flat(mask) for mask in masks],
        "h": flat(h),
        "c": flat(c) if kind == "lstm" else [],
        "input_mask": flat(more["input_mask"]) if more else [],
        "kernel_masks": [flat(blocks(m, kind).t()) for m in more.get("kernel_masks", [])],
        "weights": network.named(lambda p: p),
        "nats": float(total),
        "gradient": network.named(lambda p: p.grad),
        "h_out": flat(torch.cat([s[0][0] for s in after])),
        "c_out": flat(torch.cat([s[1][0] for s in after])) if kind == "lstm" else [],
    }
    for name, decay in [("adam", 0.0), ("adamw", DECAY)]:
        network = Network(kind, form)
        network.load_state_dict(begin)
        optimiser = torch.optim.AdamW(network.parameters(), lr=LR, weight_decay=decay)
        losses, norms = [], []
        for _ in range(UPDATES):
            optimiser.zero_grad()
            total, _ = nats(network)
            (nats(network, smoothing)[0] / counts.sum()).backward()
            norms.append(float(torch.nn.utils.clip_grad_norm_(network.parameters(), CLIP)))
            losses.append(float(total))
            optimiser.step()
        out[name] = {"nats": losses, "norms": norms, "weights": network.named(lambda p: p)}
    return out


folder = pathlib.Path(__file__).parent
for form in ["language", "tied", "keys", "normal"]:
    for kind in ["lstm", "gru"]:
        text = json.dumps(vectors(kind, form), separators=(",", ":"))
        (folder / f"{form}_{kind}.json").write_text(text + "\n")
