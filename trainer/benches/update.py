"""Times an update of the trainer and one of PyTorch in turn, on the same cores.

    cargo build -p musigan-train --bench update         (the last line of cargo names the program)
    python trainer/benches/update.py PROGRAM [THREADS] [ROUNDS] [UPDATES] [VOCABULARY] [DROPOUT in percent]

2 x LSTM 256, then 2 x GRU 256: embedding 128, batch 64, 64 steps, the state carried on, clipping and Adam (fused, where
PyTorch has it). Each round is so many updates of the one, then of the other, the first of the two in turn; the first
round warms up. What is told is the median of all updates, and of the rounds' ratios.
"""

import shlex
import statistics
import subprocess
import sys
import time

import torch

numbers = [int(a) for a in sys.argv[2:]]
THREADS, ROUNDS, UPDATES, VOCAB, DROPOUT = (numbers + [1, 15, 5, 300, 0][len(numbers) :])[:5]
EMBED, HIDDEN, BATCH, WINDOW = 128, 256, 64, 64

torch.set_num_threads(THREADS)
torch.manual_seed(5)


class Network(torch.nn.Module):
    def __init__(self, cell):
        super().__init__()
        self.embedding = torch.nn.Embedding(VOCAB, EMBED)
        self.layers = cell(EMBED, HIDDEN, 2, dropout=DROPOUT / 100)
        self.dropout = torch.nn.Dropout(DROPOUT / 100)
        self.head = torch.nn.Linear(HIDDEN, VOCAB)

    def forward(self, tokens, state):
        x, state = self.layers(self.embedding(tokens), state)
        return self.head(self.dropout(x)), state


class PyTorch:
    def __init__(self, cell):
        self.network = Network(cell)
        try:
            self.adam = torch.optim.Adam(self.network.parameters(), 1e-3, fused=True)
        except (TypeError, RuntimeError):
            self.adam = torch.optim.Adam(self.network.parameters(), 1e-3)
        self.state = None

    def update(self):
        tokens = torch.randint(0, VOCAB, (WINDOW, BATCH))
        targets = torch.randint(0, VOCAB, (WINDOW, BATCH))
        self.adam.zero_grad(set_to_none=True)
        logits, state = self.network(tokens, self.state)
        self.state = tuple(s.detach() for s in state) if type(state) is tuple else state.detach()
        loss = torch.nn.functional.cross_entropy(logits.reshape(-1, VOCAB), targets.reshape(-1))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.adam.step()
        return loss.item()

    def run(self):
        """Milliseconds of each update, and on processors of all."""
        begun, times = time.process_time(), []
        for _ in range(UPDATES):
            start = time.perf_counter()
            self.update()
            times.append((time.perf_counter() - start) * 1e3)
        return times, (time.process_time() - begun) * 1e3


class Trainer:
    def __init__(self, kind):
        numbers = [THREADS, UPDATES, VOCAB, DROPOUT]
        command = [*shlex.split(sys.argv[1]), kind, *map(str, numbers), "served"]
        self.program = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self):
        self.program.stdin.write(f"{UPDATES}\n")
        self.program.stdin.flush()
        spent, *times = map(float, self.program.stdout.readline().split())
        return times, spent


print(f"PyTorch {torch.__version__}; {THREADS} thread(s), {ROUNDS} rounds of {UPDATES} updates")
for kind, cell in (("lstm", torch.nn.LSTM), ("gru", torch.nn.GRU)):
    both = {"PyTorch": PyTorch(cell), "trainer": Trainer(kind)}
    rounds = []
    for number in range(ROUNDS + 1):
        names = list(both) if number % 2 else list(both)[::-1]
        rounds.append({name: both[name].run() for name in names})
    both["trainer"].program.stdin.close()
    rounds = rounds[1:]
    for name in both:
        times = sorted(t for round in rounds for t in round[name][0])
        spent = statistics.median(round[name][1] for round in rounds) / UPDATES
        print(
            f"{kind:5} {name:8} median {statistics.median(times):.1f} ms, fastest {times[0]:.1f} ms, "
            f"processor time {spent:.1f} ms per update"
        )
    for what, of in (("time", lambda r: statistics.median(r[0])), ("processor time", lambda r: r[1])):
        ratios = sorted(of(round["trainer"]) / of(round["PyTorch"]) for round in rounds)
        low, high = ratios[len(ratios) // 4], ratios[-1 - len(ratios) // 4]
        middle = statistics.median(ratios)
        print(f"{kind:5} {what} against PyTorch: {middle:.3f} (middle half {low:.3f} to {high:.3f})")
