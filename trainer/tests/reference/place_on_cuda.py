"""Asks the CUDA provider of ONNX Runtime 1.31.1 which nodes of our graphs it takes, on a machine without a GPU.

    pip install onnxruntime-gpu==1.31.1 onnx numpy     (240 MB; none of CUDA's packages)
    MUSIGAN_GRAPHS=FOLDER cargo test -p musigan-train --test cuda     (writes the graphs; may fail)
    python trainer/tests/reference/place_on_cuda.py FOLDER cuda_kernels.csv
    python trainer/tests/reference/place_on_cuda.py musigan-train train ... --device cuda

The provider is the real one. Below it are libraries that this script makes with gcc: they have the functions that it
imports of CUDA's, give host memory for device memory, copy what is copied, launch nothing, and count launches and
copies by their direction. So what a session places where, and which copies a run makes, is what it would be on a
GPU; what kernels compute, and how long they take, is not known. A session that would place any node on the CPU is
refused (`session.disable_cpu_ep_fallback`), first without any optimisation, so that every node is asked about. Two
controls fail where that, or the counting, did not work. The third line lets the trainer itself learn there (its
losses are 0) and tells the counts when it ends: those of 200 updates less those of 100 are those of 100 updates.
"""

import collections
import ctypes
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

VERSION = "1.31.1"
MEMORY = "*p=aligned_alloc(256,(n+255)/256*256);return 0;"
HANDLE = "(void**p){*p=malloc(64);return 0;}"
FUNCTIONS = {
    "cudaMalloc": "(void**p,size_t n){" + MEMORY + "}",
    "cudaMallocHost": "(void**p,size_t n){" + MEMORY + "}",
    "cudaHostAlloc": "(void**p,size_t n){" + MEMORY + "}",
    "cudaMallocFromPoolAsync": "(void**p,size_t n){" + MEMORY + "}",
    "cudaFree": "(void*p){free(p);return 0;}",
    "cudaFreeHost": "(void*p){free(p);return 0;}",
    "cudaFreeAsync": "(void*p){free(p);return 0;}",
    "cudaMemcpy": "(void*d,void*s,size_t n,int k){counts[1+(k&7)]++;memcpy(d,s,n);return 0;}",
    "cudaMemcpyAsync": "(void*d,void*s,size_t n,int k){counts[1+(k&7)]++;memcpy(d,s,n);return 0;}",
    "cudaMemset": "(void*d,int v,size_t n){memset(d,v,n);return 0;}",
    "cudaMemsetAsync": "(void*d,int v,size_t n){memset(d,v,n);return 0;}",
    "cudaGetDeviceCount": "(int*n){*n=1;return 0;}",
    "cudaGetDevice": "(int*n){*n=0;return 0;}",
    "cudaDriverGetVersion": "(int*n){*n=13020;return 0;}",
    "cudaRuntimeGetVersion": "(int*n){*n=13020;return 0;}",
    "cudaMemGetInfo": "(size_t*a,size_t*b){*a=8ull<<30;*b=16ull<<30;return 0;}",
    "cudaStreamIsCapturing": "(void*s,int*p){*p=0;return 0;}",
    # Compute capability 8.0, 108 multiprocessors, warps of 32, blocks of 1024.
    "cudaDeviceGetAttribute": "(int*v,int a){"
    "*v=a==75?8:a==76?0:a==16?108:a==10?32:a==1?1024:65536;return 0;}",
    "cudaGetDeviceProperties": "(char*p){memset(p,0,1008);*(int*)(p+308)=32;*(int*)(p+320)=1024;"
    "*(int*)(p+360)=8;*(int*)(p+384)=108;return 0;}",
    "__cudaRegisterFatBinary": "(){static long f[4];return f;}",
    "cudaPointerGetAttributes": "(void*p){memset(p,0,32);return 0;}",
    "cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags": "(int*n){*n=2;return 0;}",
}
FUNCTIONS |= {
    name: "(){counts[0]++;return 0;}"
    for name in ("cudaLaunchKernel", "__cudaLaunchKernel", "cudaLaunchKernelExC")
}
FUNCTIONS |= {name: HANDLE for name in ("cudaStreamCreate", "cudaStreamCreateWithFlags", "cudaEventCreate")}
FUNCTIONS |= {name: HANDLE for name in ("cudaEventCreateWithFlags", "cudaMemPoolCreate")}
FUNCTIONS |= {name: HANDLE for name in ("cublasCreate_v2", "cublasLtCreate")}
FUNCTIONS |= {name: '(){return "none";}' for name in ("cudaGetErrorString", "cudaGetErrorName")}

TELL = """__attribute__((destructor)) void tell(void) {
    if (getenv("TELL")) fprintf(stderr, "%lu launches, %lu copies to the device, %lu from it, %lu on it\\n",
        counts[0], counts[2], counts[3], counts[4]);
}
"""


def make_libraries(provider, folder):
    """The libraries that the provider wants, with the functions that it imports of them."""

    def said(option):
        return subprocess.check_output(["readelf", "-W", option, provider], text=True)

    wanted = re.findall(r"NEEDED.*\[(libcu\w+\.so\.\d+)\]", said("-d"))
    imported = collections.defaultdict(list)
    for line in said("--dyn-syms").splitlines():
        found = re.search(r"UND (\w+)(?:@(lib\S+))?", line)
        if found and (found[2] in wanted or re.match(r"cu[A-Z]", found[1])):
            imported[found[2] or "libcuda.so.1"].append(found[1])
    for library in wanted:
        source = "#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\nunsigned long counts[9];\n"
        if library.startswith("libcudart"):
            source += TELL
        for name in imported[library]:
            body = FUNCTIONS.get(name, "(){return 0;}")
            pointer = "void*" if name.startswith("__cudaRegisterFat") or "GetError" in name else "int "
            source += f"{pointer}{name}{body}\n"
        Path(folder, "made.c").write_text(source)
        Path(folder, "made.map").write_text(library + " { global: *; };\n")
        options = ["-shared", "-fPIC", "-w", f"-Wl,-soname,{library}", "-Wl,--version-script=made.map"]
        subprocess.check_call(["gcc", *options, "-o", library, "made.c"], cwd=folder)


if "MADE" not in os.environ:
    import onnxruntime

    assert onnxruntime.__version__ == VERSION, onnxruntime.__version__
    provider = Path(onnxruntime.__file__).parent / "capi/libonnxruntime_providers_cuda.so"
    with tempfile.TemporaryDirectory() as folder:
        make_libraries(str(provider), folder)
        environment = os.environ | {"LD_LIBRARY_PATH": folder, "MADE": folder}
        if not Path(sys.argv[1]).is_dir():
            runtime = provider.with_name(f"libonnxruntime.so.{VERSION}")
            environment |= {"ORT_DYLIB_PATH": str(runtime), "TELL": "1"}
            sys.exit(subprocess.call(sys.argv[1:], env=environment))
        sys.exit(subprocess.call([sys.executable, *sys.argv], env=environment))

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper

COUNTS = (ctypes.c_ulong * 9).in_dll(ctypes.CDLL("libcudart.so.13"), "counts")
TYPES = {"tensor(float)": np.float32, "tensor(int64)": np.int64}
ort.set_default_logger_severity(4)


def session(model, level):
    options = ort.SessionOptions()
    options.graph_optimization_level = level
    options.add_session_config_entry("session.disable_cpu_ep_fallback", "1")
    return ort.InferenceSession(model, options, providers=["CUDAExecutionProvider"])


def copies(session, device):
    """Launches, and copies to and from the device, of a second run whose tensors are all on `device`."""
    binding = session.io_binding()
    for tensor in session.get_inputs():
        zeros = np.zeros(tensor.shape, TYPES[tensor.type])
        binding.bind_ortvalue_input(tensor.name, ort.OrtValue.ortvalue_from_numpy(zeros, "cuda", 0))
    for tensor in session.get_outputs():
        binding.bind_output(tensor.name, device, 0, TYPES[tensor.type], tensor.shape)
    session.run_with_iobinding(binding)
    before = list(COUNTS)
    session.run_with_iobinding(binding)
    launches, _, up, down, *_ = (now - then for now, then in zip(COUNTS, before))
    return launches, up, down


def one_node(op, inputs):
    def value(name, shape=(4, 4)):
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

    node = helper.make_node(op, inputs, ["z"])
    result = value("z", [] if op == "Det" else (4, 4))
    graph = helper.make_graph([node], op, [value(name) for name in inputs], [result])
    opset = [helper.make_opsetid("", 17)]
    return helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString()


def calls(graph, outer, found):
    types = dict(outer)
    for value in [*graph.input, *graph.output, *graph.value_info]:
        types[value.name] = value.type.tensor_type.elem_type
    types |= {value.name: value.data_type for value in graph.initializer}
    for node in graph.node:
        inputs = [types[name] for name in node.input if name]
        # It joins any number of tensors of a type.
        found.add((node.op_type, *(sorted(set(inputs)) if node.op_type == "Concat" else inputs)))
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.GRAPH:
                calls(attribute.g, types, found)


NONE, BASIC = ort.GraphOptimizationLevel.ORT_DISABLE_ALL, ort.GraphOptimizationLevel.ORT_ENABLE_BASIC
try:
    session(one_node("Det", ["x"]), NONE)
except Exception as error:
    assert "fallback" in str(error), error
else:
    sys.exit("a node that CUDA has no kernel for was not refused")
assert copies(session(one_node("Add", ["x", "y"]), NONE), "cpu") == (1, 0, 1), "copies are not counted"

found, opsets = set(), set()
for file in sorted(Path(sys.argv[1]).glob("*.onnx")):
    session(str(file), NONE)
    launches, up, down = copies(session(str(file), BASIC), "cuda")
    print(f"{file.stem}: all nodes on CUDA; {launches} launches, {up} copies to the device, {down} from it")
    assert (up, down) == (0, 0), file
    model = onnx.shape_inference.infer_shapes(onnx.load(file), strict_mode=True, data_prop=True)
    opsets |= {entry.version for entry in model.opset_import}
    calls(model.graph, {}, found)
(opset,) = opsets
lines = [
    f"# What the CUDA provider of ONNX Runtime {VERSION} takes of what our graphs call: operator, element types of",
    "# its inputs in ONNX's numbering (1 float, 7 int64, 9 bool). Made by place_on_cuda.py; see there.",
    f"# operator set {opset}",
    *(f"{call[0]},{' '.join(map(str, call[1:]))}" for call in sorted(found)),
]
Path(sys.argv[2]).write_text("\n".join(lines) + "\n")
