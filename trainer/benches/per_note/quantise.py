"""Quantises every FOLDER/NAME.onnx to FOLDER/NAME.int8.onnx as ONNX Runtime does it (dynamic int8).

It has a quantised LSTM but no quantised GRU: a GRU is written out as the two products that it is, of which it
quantises both. Needs the packages onnx and onnxruntime.
"""

import pathlib
import sys

import numpy as np
import onnx
from onnx import helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic


def written_out(model):
    """The model with each GRU (one step, linear_before_reset) as products, sums and activations."""
    graph = model.graph
    constants = {c.name: numpy_helper.to_array(c) for c in graph.initializer}

    def constant(name, array):
        graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    nodes = []
    for node in graph.node:
        if node.op_type != "GRU":
            nodes.append(node)
            continue
        x, kernel, recurrent, bias, _, hidden = node.input
        width = constants[recurrent].shape[2]
        own = lambda name: f"{node.name}/{name}"
        one = constant(own("one"), np.float32(1))
        row = constant(own("row"), np.array([1, -1], np.int64))
        whole = constant(own("whole"), np.array([1, 1, width], np.int64))
        thirds = constant(own("thirds"), np.array([width] * 3, np.int64))
        biases = np.split(constants[bias][0], 2)

        def add(kind, *inputs, outputs=None, **attributes):
            outputs = outputs or [own(f"value{len(nodes)}")]
            nodes.append(helper.make_node(kind, list(inputs), outputs, **attributes))
            return outputs[0] if len(outputs) == 1 else outputs

        def gates(name, heard, weights, bias):
            product = add("MatMul", heard, constant(own(name), weights[0].T))
            total = add("Add", product, constant(own(name + "_bias"), bias))
            return add("Split", total, thirds, outputs=[own(f"{name}_{gate}") for gate in "zrn"], axis=1)

        h = add("Reshape", hidden, row)
        xz, xr, xn = gates("input", add("Reshape", x, row), constants[kernel], biases[0])
        hz, hr, hn = gates("recurrent", h, constants[recurrent], biases[1])
        z = add("Sigmoid", add("Add", xz, hz))
        r = add("Sigmoid", add("Add", xr, hr))
        n = add("Tanh", add("Add", xn, add("Mul", r, hn)))
        told = add("Add", add("Mul", add("Sub", one, z), n), add("Mul", z, h))
        for output in filter(None, node.output[1:]):
            add("Reshape", told, whole, outputs=[output])
        assert not node.output[0], "only the last hidden state is told"
    del graph.node[:]
    graph.node.extend(nodes)
    onnx.checker.check_model(model)
    return model


for path in pathlib.Path(sys.argv[1]).glob("*.onnx"):
    if not path.name.endswith(".int8.onnx"):
        model = written_out(onnx.load(path))
        quantize_dynamic(model, path.with_suffix(".int8.onnx"), weight_type=QuantType.QInt8)
