"""Times updates of `musigan-train train --kind gan` and of PyTorch in turn, one thread each:

    python trainer/benches/gan.py MUSIGAN_TRAIN MIDI_FOLDER [ROUNDS] [BATCH] [CRITIC_UPDATES]

The same networks, losses and optimisers (PyTorch's Adam fused, where it has that); its bars are noise of the same
density. A round is 50 updates of the one, then of the other, the first of the two in turn; the trainer's are the
difference of two runs, of 10 and of 60 updates, which read the same corpus (from its cache). What is told is
processor time, which other programs on the machine disturb little: the median of the rounds, and of their ratios.
"""

import resource
import statistics
import subprocess
import sys
import tempfile
import time

import torch
from torch import nn
from torch.nn.functional import leaky_relu

TRAINER, FOLDER = sys.argv[1:3]
numbers = [int(a) for a in sys.argv[3:]] + [None] * 3
ROUNDS, BATCH, CRITIC = numbers[0] or 7, numbers[1] or 64, numbers[2] or 4
UPDATES = 50
STEPS, ROW, PART, PARTS, CONDITION = 24, 256, 128, 2, 43
KEYS, LOWEST = PART // 2, 33
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
        relations = 2 * STEPS * PARTS + (2 * PARTS + 1) * 12
        self.bar, self.score = nn.Linear(4 * (128 + 48) + CONDITION + relations, 256), nn.Linear(256, 1)
        classes = (LOWEST + torch.arange(PART) % KEYS) % 12
        self.register_buffer("table", nn.functional.one_hot(classes, 12).float() / 6)

    def context(self, previous, condition):
        steps = act(self.heard_steps(previous.view(-1, ROW)))
        beats = act(self.heard_beats(steps.view(-1, 6 * 32))).view(len(previous), -1)
        return beats, condition, *self.outline(previous)

    def outline(self, bars):
        rows = bars.view(-1, PART)
        count = rows[:, :KEYS].sum(1)
        begins = (count - torch.relu(count - 1)).view(len(bars), -1)
        chroma = (rows @ self.table).view(len(bars), STEPS, PARTS, 12).sum(1)
        return begins, torch.tanh(chroma)

    def relations(self, bars, begun, sounded):
        begins, chroma = self.outline(bars)
        alike = 1 - (begins + begun - 2 * begins * begun)
        now, then = chroma.sum(1, keepdim=True), sounded.sum(1, keepdim=True)
        flat = lambda x: x.flatten(1)
        return torch.cat([begins, alike, flat(chroma), flat(chroma * now), flat(now * then)], 1)

    def forward(self, bars, context):
        batch, times = len(bars), len(bars) // len(context[0])
        beats = act(self.beats(act(self.steps(bars.view(-1, ROW))).view(-1, 6 * 64))).view(batch, -1)
        memory, condition, begun, sounded = [c.repeat(times, *[1] * (c.dim() - 1)) for c in context]
        x = torch.cat([beats, memory, condition, self.relations(bars, begun, sounded)], 1)
        return self.score(act(self.bar(x)))


def bars():
    return (torch.rand(BATCH, STEPS * ROW) < 0.01).float()


def binarised(logits):
    likely = torch.sigmoid(logits)
    on = likely + ((likely > 0.5).float() - likely).detach()
    onset, held = on.view(-1, STEPS, PARTS, 2, KEYS).split(1, 3)
    goes_on, sounds, distance = held - held * onset, onset, 1
    while distance < STEPS:
        ago = lambda x: nn.functional.pad(x[:, : STEPS - distance], (0, 0) * 3 + (distance, 0))
        sounds, goes_on = sounds + goes_on * ago(sounds), goes_on * ago(goes_on)
        distance *= 2
    return likely, torch.cat([onset, sounds - onset], 3).flatten(1)


def noise():
    return torch.rand(BATCH, 64) * 3.46 - 1.73


generator, critic = Generator(), Critic()
average = [p.detach().clone() for p in generator.parameters()]


def make(net):
    try:
        return torch.optim.Adam(net.parameters(), 2e-4, betas=(0.0, 0.9), fused=True)
    except (TypeError, RuntimeError):
        return torch.optim.Adam(net.parameters(), 2e-4, betas=(0.0, 0.9))


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


def pytorch():
    begun = time.process_time()
    for _ in range(UPDATES):
        update()
    return (time.process_time() - begun) * 1e3 / UPDATES


def trainer():
    def run(updates):
        with tempfile.TemporaryDirectory() as folder:
            command = [TRAINER, "train", "--kind", "gan", "--data", FOLDER, "--out", folder + "/run", "--threads", "1"]
            command += ["--batch", BATCH, "--critic-updates", CRITIC, "--updates", updates, "--validate-every", 1000]
            begun = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL)
            done = resource.getrusage(resource.RUSAGE_CHILDREN)
        return done.ru_utime + done.ru_stime - begun.ru_utime - begun.ru_stime

    few, many = run(10), run(10 + UPDATES)
    return (many - few) * 1e3 / UPDATES


pytorch()
rounds = []
for at in range(ROUNDS):
    first, second = (trainer, pytorch) if at % 2 == 0 else (pytorch, trainer)
    spent = {first: first(), second: second()}
    rounds.append((spent[trainer], spent[pytorch]))
    print("trainer {:.1f} ms, PyTorch {:.1f} ms".format(*rounds[-1]), flush=True)
ours, theirs = (statistics.median(times) for times in zip(*rounds))
ratio = statistics.median(a / b for a, b in rounds)
print(f"batch {BATCH}, {CRITIC} updates of the critic: {ours:.1f} ms; PyTorch {torch.__version__} {theirs:.1f} ms: {ratio:.3f}")
