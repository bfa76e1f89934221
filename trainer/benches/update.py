"""Times PyTorch on what benches/update.rs times: python3 update.py [THREADS] [UPDATES] [lstm|gru]."""

import statistics
import sys
import time

import torch

numbers = [int(a) for a in sys.argv[1:] if a.isdigit()]
threads = numbers[0] if numbers else 1
updates = numbers[1] if len(numbers) > 1 else 20
cell = torch.nn.GRU if "gru" in sys.argv else torch.nn.LSTM
VOCAB, EMBED, HIDDEN, BATCH, WINDOW = 500, 128, 256, 64, 64

torch.set_num_threads(threads)
torch.manual_seed(5)


class Network(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = torch.nn.Embedding(VOCAB, EMBED)
        self.layers = cell(EMBED, HIDDEN, 2, dropout=0.2)
        self.dropout = torch.nn.Dropout(0.2)
        self.head = torch.nn.Linear(HIDDEN, VOCAB)

    def forward(self, tokens, state):
        x, state = self.layers(self.embedding(tokens), state)
        return self.head(self.dropout(x)), state


network = Network()
optimiser = torch.optim.Adam(network.parameters(), 1e-3)
state, times = None, []
begun = time.process_time()
for _ in range(updates):
    start = time.perf_counter()
    tokens = torch.randint(0, VOCAB, (WINDOW, BATCH))
    targets = torch.randint(0, VOCAB, (WINDOW, BATCH))
    optimiser.zero_grad(set_to_none=True)
    logits, state = network(tokens, state)
    state = tuple(s.detach() for s in state) if cell is torch.nn.LSTM else state.detach()
    loss = torch.nn.functional.cross_entropy(logits.reshape(-1, VOCAB), targets.reshape(-1))
    loss.backward()
    torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimiser.step()
    loss.item()
    times.append((time.perf_counter() - start) * 1e3)
spent = (time.process_time() - begun) * 1e3 / updates
print(
    f"PyTorch {torch.__version__} {cell.__name__}; {threads} thread(s), {updates} updates: median "
    f"{statistics.median(times):.1f} ms, fastest {min(times):.1f} ms, processor time {spent:.1f} ms "
    "per update"
)
