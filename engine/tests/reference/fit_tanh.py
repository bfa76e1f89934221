"""Fits the coefficients of `tanh` in engine/src/math.rs.

tanh(x) = x P(x^2) / Q(x^2) on [0, 7.95], five coefficients each, least greatest relative error:
the linearised problem is solved by least squares again and again, each time with more weight where
the error is great (Lawson's iteration). Needs numpy.
"""

import numpy as np

LIMIT, TERMS, ROUNDS = 7.95, 5, 60


def fit():
    x = np.abs(np.cos(np.linspace(0, np.pi, 8001))) * LIMIT
    x = np.unique(np.concatenate([x[x > 1e-6], np.linspace(1e-4, LIMIT, 4000)]))
    tanh, scale = np.tanh(x), LIMIT ** (2.0 * np.arange(TERMS))
    powers = (x[:, None] / LIMIT) ** (2 * np.arange(TERMS))
    weight, below, best = np.ones_like(x), np.ones_like(x), (np.inf, None, None)
    for _ in range(ROUNDS):
        row = (weight / (below * tanh))[:, None]
        matrix = np.concatenate([x[:, None] * powers * row, -tanh[:, None] * powers[:, 1:] * row], 1)
        norm = np.linalg.norm(matrix, axis=0)
        solution = np.linalg.lstsq(matrix / norm, weight / below, rcond=None)[0] / norm
        p, q = solution[:TERMS], np.concatenate([[1.0], solution[TERMS:]])
        below = powers @ q
        error = np.abs(x * (powers @ p) / below / tanh - 1)
        if error.max() < best[0]:
            best = (error.max(), p / scale, q / scale)
        weight = weight * np.sqrt(error / error.max() + 0.02)
        weight /= weight.max()
    return best


if __name__ == "__main__":
    worst, p, q = fit()
    print(f"relative error {worst:.2e} before rounding to f32")
    for name, coefficients in (("P", p), ("Q", q)):
        print(name, [f"{np.float32(value):.9g}" for value in coefficients])
