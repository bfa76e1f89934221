"""Quantises every FOLDER/NAME.onnx to FOLDER/NAME.int8.onnx as ONNX Runtime does it (dynamic int8).

Needs the packages onnx and onnxruntime.
"""

import pathlib
import sys

from onnxruntime.quantization import QuantType, quantize_dynamic

for model in pathlib.Path(sys.argv[1]).glob("*.onnx"):
    if not model.name.endswith(".int8.onnx"):
        quantize_dynamic(model, model.with_suffix(".int8.onnx"), weight_type=QuantType.QInt8)
