"""Writes the small ONNX models of the importer's tests and ONNX Runtime's logits for them.

Each model is random, in another of the shapes in which exporters write the same network. For
NAME.onnx, NAME.tokens holds the tokens heard (u16) and NAME.logits what ONNX Runtime answers to
every 8th of them (f32, little-endian), the state carried on. Needs numpy, onnx and onnxruntime.
"""

import pathlib

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper

HERE = pathlib.Path(__file__).parent
STEPS, EVERY = 320, 8
INT64, FLOAT = TensorProto.INT64, TensorProto.FLOAT


class Graph:
    """Collects nodes and initialisers."""

    def __init__(self, seed):
        self.random = np.random.default_rng(seed)
        self.nodes, self.initializers, self.count = [], [], 0

    def constant(self, array):
        name = f"constant{len(self.initializers)}"
        self.initializers.append(numpy_helper.from_array(np.array(array, order="C"), name))
        return name

    def weights(self, *shape, bound):
        return self.random.uniform(-bound, bound, shape).astype(np.float32)

    def integers(self, *numbers):
        return self.constant(np.array(numbers, np.int64))

    def op(self, kind, *inputs, outputs=1, names=None, **attributes):
        names = names or [f"value{self.count + k}" for k in range(outputs)]
        self.count += outputs
        self.nodes.append(helper.make_node(kind, list(inputs), names, f"{kind}{self.count}", **attributes))
        return names[0] if len(names) == 1 else names


def build(name, kind="LSTM", vocab=23, embed=9, widths=(16,), state="gather", head="gemm",
          scalar=False, order="time", bias=True, extra=None, metadata=None, layer_attributes=None, seed=0):
    g = Graph(seed)
    gates, width, layers = (4 if kind == "LSTM" else 3), widths[0], len(widths)
    memories = ["h", "c"] if kind == "LSTM" else ["h"]
    token = helper.make_tensor_value_info("token", INT64, [1, 1] if scalar else [1])
    if state == "separate":
        ins = [(f"{m}{k}", w) for k, w in enumerate(widths) for m in memories]
        shapes = {n: [1, 1, w] for n, w in ins}
    else:
        shapes = {m: [layers, 1, width] for m in memories}
    inputs = [token] + [helper.make_tensor_value_info(n, FLOAT, s) for n, s in shapes.items()]

    def row(memory, layer):
        if state == "separate":
            return f"{memory}{layer}"
        if state == "gather":
            return g.op("Unsqueeze", g.op("Gather", memory, g.constant(np.array(layer, np.int64)), axis=0), g.integers(0))
        if state == "slice":
            end = layer + 1 if layer + 1 < layers else np.iinfo(np.int64).max
            return g.op("Slice", memory, g.integers(layer), g.integers(end), g.integers(0))
        if layers == 1:
            return memory
        if layer == 0:
            parts[memory] = g.op("Split", memory, g.integers(*[1] * layers), outputs=layers, axis=0)
        return parts[memory][layer]

    parts = {}
    x = g.op("Gather", g.constant(g.weights(vocab, embed, bound=1)), "token", axis=0)
    if order == "ours":  # as musigan-train export writes it
        x = g.op("Reshape", x, g.integers(1, 1, embed))
    elif not scalar:
        x = g.op("Unsqueeze", x, g.integers(0))
    elif order == "transpose":
        x = g.op("Transpose", x, perm=[1, 0, 2])
    nexts, below = {m: [] for m in memories}, embed
    for layer, width in enumerate(widths):
        bound = 1.5 / np.sqrt(width)
        w = g.constant(g.weights(1, gates * width, below, bound=bound))
        r = g.constant(g.weights(1, gates * width, width, bound=bound))
        b = g.constant(g.weights(1, 2 * gates * width, bound=0.5)) if bias else ""
        states = [row(m, layer) for m in memories]
        names = ["", *(f"{m}{layer}_out" for m in memories)] if order == "ours" else None
        outs = g.op(kind, x, w, r, b, "", *states, outputs=1 + len(memories), names=names, hidden_size=width,
                    **(layer_attributes or {}), **({"linear_before_reset": 1} if kind == "GRU" and layer_attributes is None else {}))
        for memory, out in zip(memories, outs[1:]):
            nexts[memory].append(out)
        x, below = outs[1] if order == "ours" else g.op("Squeeze", outs[0], g.integers(1)), width
        if order == "identity":
            x = g.op("Identity", g.op("Dropout", x))
    y = g.op("Reshape", x, g.integers(1, -1)) if head != "matmul" else x
    if extra:
        y = extra(g, y)
    if head == "gemm":
        g.op("Gemm", y, g.constant(g.weights(vocab, below, bound=1)), g.constant(g.weights(vocab, bound=1)), names=["logits"], transB=1)
    elif head == "deep":
        low = g.op("Gemm", y, g.constant(g.weights(below, 7, bound=1)), g.constant(g.weights(7, bound=1)), alpha=0.5, beta=2.0)
        g.op("Gemm", low, g.constant(g.weights(vocab, 7, bound=1)), names=["logits"], transB=1)
    else:
        product = g.op("MatMul", y, g.constant(g.weights(below, vocab, bound=1)))
        sum_ = g.op("Add", g.constant(g.weights(vocab, bound=1)), product)
        g.op("Reshape", sum_, g.integers(1, vocab), names=["logits"])
    outputs = [helper.make_tensor_value_info("logits", FLOAT, [1, vocab])]
    for memory in memories:
        if state == "separate":
            for layer, out in enumerate(nexts[memory]):
                g.op("Identity", out, names=[f"{memory}{layer}_out"])
                outputs.append(helper.make_tensor_value_info(f"{memory}{layer}_out", FLOAT, [1, 1, widths[layer]]))
        else:
            g.op("Concat", *nexts[memory], names=[f"{memory}_out"], axis=0)
            outputs.append(helper.make_tensor_value_info(f"{memory}_out", FLOAT, [layers, 1, width]))
    graph = helper.make_graph(g.nodes, name, inputs, outputs, g.initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    fields = {"musigan.kind": kind.lower(), "musigan.vocabulary": "0123456789abcdef",
              "musigan.ticks_per_quarter": "24", "musigan.corpus": "none"}
    for key, value in (fields if metadata is None else metadata).items():
        entry = model.metadata_props.add()
        entry.key, entry.value = key, value
    onnx.checker.check_model(model)
    data = model.SerializeToString()
    (HERE / f"{name}.onnx").write_bytes(data)
    return data, vocab, token


def normalised(**attributes):
    """What stands between the last layer and the head."""
    def extra(g, y):
        gain, shift = g.constant(g.weights(16, bound=2)), g.constant(g.weights(16, bound=1))
        return g.op("LayerNormalization", y, gain, shift, **attributes)
    return extra


def answer(name, data, vocab, token):
    session = ort.InferenceSession(data, providers=["CPUExecutionProvider"])
    names = [out.name for out in session.get_outputs()]
    state = {i.name: np.zeros(i.shape, np.float32) for i in session.get_inputs() if i.name != "token"}
    tokens = np.random.default_rng(1).integers(0, vocab, STEPS)
    logits = []
    shape = [d.dim_value for d in token.type.tensor_type.shape.dim]
    for step, heard in enumerate(tokens):
        found = dict(zip(names, session.run(None, {"token": np.full(shape, heard, np.int64), **state})))
        state = {key: found[f"{key}_out"] for key in state}
        if step % EVERY == EVERY - 1:
            logits.append(found["logits"].ravel())
    (HERE / f"{name}.tokens").write_bytes(tokens.astype("<u2").tobytes())
    (HERE / f"{name}.logits").write_bytes(np.array(logits).astype("<f4").tobytes())


if __name__ == "__main__":
    for model in [
        dict(name="lstm_gather", widths=(17, 17), state="gather"),
        dict(name="lstm_slice", widths=(8, 8, 8), state="slice", head="matmul", order="identity"),
        dict(name="lstm_split", widths=(19, 19), state="split", head="deep", vocab=70, bias=False),
        dict(name="lstm_one", widths=(24,), state="split", scalar=True),
        dict(name="lstm_separate", widths=(20, 9, 13), state="separate", scalar=True, order="transpose"),
        dict(name="lstm_ours", widths=(21, 21), state="slice", order="ours"),
        dict(name="gru_gather", kind="GRU", widths=(17, 17), state="gather"),
        dict(name="gru_one", kind="GRU", widths=(12,), state="split", head="matmul", bias=False),
        dict(name="lstm_normal", widths=(16, 16), state="slice", extra=normalised()),
        dict(name="gru_normal", kind="GRU", widths=(16,), state="split", extra=normalised(axis=-1, epsilon=1e-5)),
    ]:
        seed = sum(map(ord, model["name"]))
        data, vocab, token = build(seed=seed, **model)
        answer(model["name"], data, vocab, token)
    build("not_activation", extra=lambda g, y: g.op("Softsign", y))
    build("not_reset", kind="GRU", layer_attributes={})
    build("not_clipped", layer_attributes={"clip": 3.0})
    build("not_axis", extra=normalised(axis=0))
    build("not_epsilon", extra=normalised(epsilon=1e-3))
    build("no_vocabulary", metadata={})
    build("bad_vocabulary", metadata={"musigan.vocabulary": "none"})
