"""Times PyTorch on what `musigan-train train --kind gan` does: python3 gan.py [UPDATES] [BATCH] [CRITIC_UPDATES].

The same networks, losses and optimisers; bars are noise of the same density. To compare, take the
processor time of two runs of the trainer of different lengths:
musigan-train train --kind gan --data DIR --out RUN --threads 1 --updates 10 (and 60).
"""

import sys
import time

import torch
from torch import nn
from torch.nn.functional import leaky_relu

numbers = [int(a) for a in sys.argv[1:]] + [None] * 3
UPDATES, BATCH, CRITIC = numbers[0] or 50, numbers[1] or 64, numbers[2] or 4
STEPS, ROW, PART, PARTS, CONDITION = 24, 256, 128, 2, 43
torch.set_num_threads(1)
torch.manual_seed(5)


def act(x):
    return leaky_relu(x, 0.2)


class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        self.heard, self.memory = nn.Linear(ROW, 32), nn.Linear(STEPS * 32, 160)
        self.trunk = nn.ModuleList([nn.Linear(32 + CONDITION + 160, 256), nn.Linear(256, 256)])
        self.beats = nn.ModuleList([nn.Linear(256 + 16, 4 * 64) for _ in range(PARTS)])
        self.steps = nn.ModuleList([nn.Linear(64, 6 * 48) for _ in range(PARTS)])
        self.keys = nn.ModuleList([nn.Linear(48, PART) for _ in range(PARTS)])

    def forward(self, z, previous, condition):
        batch = len(z)
        heard = act(self.heard(previous.view(-1, ROW))).view(batch, -1)
        x = torch.cat([z[:, :32], condition, act(self.memory(heard))], 1)
        for layer in self.trunk:
            x = act(layer(x))
        parts = []
        for p in range(PARTS):
            own = torch.cat([x, z[:, 32 + 16 * p : 48 + 16 * p]], 1)
            beats = act(self.beats[p](own)).view(-1, 64)
            parts.append(self.keys[p](act(self.steps[p](beats)).view(-1, 48)))
        return torch.cat(parts, 1).view(batch, -1)


class Critic(nn.Module):
    def __init__(self):
        super().__init__()
        self.heard_steps, self.heard_beats = nn.Linear(ROW, 32), nn.Linear(6 * 32, 48)
        self.steps, self.beats = nn.Linear(ROW, 64), nn.Linear(6 * 64, 128)
        self.bar, self.score = nn.Linear(4 * (128 + 48) + CONDITION, 256), nn.Linear(256, 1)

    def context(self, previous, condition):
        steps = act(self.heard_steps(previous.view(-1, ROW)))
        beats = act(self.heard_beats(steps.view(-1, 6 * 32))).view(len(previous), -1)
        return beats, condition

    def forward(self, bars, context):
        batch, times = len(bars), len(bars) // len(context[0])
        beats = act(self.beats(act(self.steps(bars.view(-1, ROW))).view(-1, 6 * 64))).view(batch, -1)
        x = torch.cat([beats] + [c.repeat(times, 1) for c in context], 1)
        return self.score(act(self.bar(x)))


def bars():
    return (torch.rand(BATCH, STEPS * ROW) < 0.01).float()


def binarised(logits):
    likely = torch.sigmoid(logits)
    return likely, likely + ((likely > 0.5).float() - likely).detach()


def noise():
    return torch.rand(BATCH, 64) * 3.46 - 1.73


generator, critic = Generator(), Critic()
average = [p.detach().clone() for p in generator.parameters()]
make = lambda net: torch.optim.Adam(net.parameters(), 2e-4, betas=(0.0, 0.9))
generator_adam, critic_adam = make(generator), make(critic)
condition = (torch.rand(BATCH, CONDITION) < 0.1).float()


def update():
    for _ in range(CRITIC):
        real, previous, mix = bars(), bars(), torch.rand(BATCH, 1)
        with torch.no_grad():
            fake = binarised(generator(noise(), previous, condition))[1]
        context = critic.context(previous, condition)
        scores = critic(torch.cat([real, fake]), context)
        real_scores, fake_scores = scores[:BATCH], scores[BATCH:]
        between = (fake + (real - fake) * mix).requires_grad_()
        (slope,) = torch.autograd.grad(critic(between, context).sum(), between, create_graph=True)
        penalty = (((slope * slope).sum(1) + 1e-12).sqrt() - 1).square().mean()
        drift = real_scores.square().mean()
        loss = fake_scores.mean() - real_scores.mean() + 10 * penalty + 1e-3 * drift
        critic_adam.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(critic.parameters(), 1e3)
        critic_adam.step()
    previous = bars()
    likely, fake = binarised(generator(noise(), previous, condition))
    score = critic(fake, critic.context(previous, condition)).mean()
    half = BATCH // 2
    apart = (likely[:half] - likely[half:]).abs().sum() / half
    loss = -score + 4 * torch.relu(1 - apart / 60)
    generator_adam.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_(generator.parameters(), 1e3)
    generator_adam.step()
    with torch.no_grad():
        for a, p in zip(average, generator.parameters()):
            a.lerp_(p, 0.001)


for _ in range(3):
    update()
begun = time.process_time()
for _ in range(UPDATES):
    update()
spent = (time.process_time() - begun) * 1e3 / UPDATES
print(f"PyTorch {torch.__version__}: {UPDATES} updates of batch {BATCH}, processor time {spent:.1f} ms each")
