"""Writes small models as PyTorch exports them, for the importer's tests, and PyTorch's own answers.

For NAME.onnx, NAME.tokens holds the tokens heard (u16) and NAME.logits what PyTorch tells after every
8th of them (f32, little-endian). Needs PyTorch (written with Debian's python3-torch 1.13).
"""

import pathlib

import torch
from torch import nn

HERE = pathlib.Path(__file__).parent
STEPS, EVERY, VOCAB = 96, 8, 23


class Implicit(nn.Module):
    """A sequence in, logits of every step out; batch and time are open."""

    def __init__(self, cell, layers, batch_first):
        super().__init__()
        self.embedding = nn.Embedding(VOCAB, 9)
        self.recurrent = cell(9, 14, layers, batch_first=batch_first)
        self.head = nn.Linear(14, VOCAB)

    def forward(self, tokens):
        return self.head(self.recurrent(self.embedding(tokens))[0])


class Explicit(nn.Module):
    """One token and the states in, logits and states out."""

    def __init__(self, cell, layers):
        super().__init__()
        self.embedding = nn.Embedding(VOCAB, 9)
        self.recurrent = cell(9, 14, layers)
        self.head = nn.Linear(14, VOCAB)

    def forward(self, token, *states):
        x = self.embedding(token)
        y, after = self.recurrent(x, states if len(states) == 2 else states[0])
        return (self.head(y), *(after if len(states) == 2 else [after]))


class Last(nn.Module):
    """A one-hot sequence in, log-probabilities after its last step out."""

    def __init__(self):
        super().__init__()
        self.recurrent = nn.LSTM(VOCAB, 11, 1, batch_first=True)
        self.head = nn.Sequential(nn.Linear(11, 7), nn.Linear(7, VOCAB))

    def forward(self, one_hot):
        y, _ = self.recurrent(one_hot)
        return torch.log_softmax(self.head(y[:, -1]), -1)


def write(name, tokens, told):
    (HERE / f"{name}.tokens").write_bytes(tokens.numpy().astype("<u2").tobytes())
    (HERE / f"{name}.logits").write_bytes(told[EVERY - 1 :: EVERY].numpy().astype("<f4").tobytes())


def export(name, model, arguments, **options):
    torch.onnx.export(model, arguments, HERE / f"{name}.onnx", opset_version=13, **options)


@torch.no_grad()
def main():
    torch.manual_seed(7)
    tokens = torch.randint(VOCAB, (STEPS,))
    for name, cell, layers, batch_first in [
        ("pytorch_lstm_sequence", nn.LSTM, 2, True),
        ("pytorch_gru_sequence", nn.GRU, 2, False),
    ]:
        model = Implicit(cell, layers, batch_first).eval()
        shaped = tokens[None] if batch_first else tokens[:, None]
        axes = {"tokens": {0: "a", 1: "b"}}
        export(name, model, (shaped[:5, :5],), input_names=["tokens"], output_names=["logits"], dynamic_axes=axes)
        write(name, tokens, model(shaped).reshape(STEPS, VOCAB))
    for name, cell in [("pytorch_lstm_step", nn.LSTM), ("pytorch_gru_step", nn.GRU)]:
        model = Explicit(cell, 3).eval()
        states = [torch.zeros(3, 1, 14) for _ in range(2 if cell is nn.LSTM else 1)]
        names = ["h", "c"][: len(states)]
        export(name, model, (tokens[:1, None], *states), input_names=["token", *names],
               output_names=["logits", *(f"{n}_out" for n in names)])
        told = []
        for token in tokens:
            logits, *states = model(token[None, None], *states)
            told.append(logits.reshape(VOCAB))
        write(name, tokens, torch.stack(told))
    model = Last().eval()
    one_hot = nn.functional.one_hot(tokens, VOCAB).float()[None]
    export("pytorch_lstm_last", model, (one_hot[:, :6],), input_names=["x"], output_names=["y"],
           dynamic_axes={"x": {1: "time"}})
    write("pytorch_lstm_last", tokens, torch.cat([model(one_hot[:, : k + 1]) for k in range(STEPS)]))


if __name__ == "__main__":
    main()
