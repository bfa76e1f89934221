"""Writes small models as Keras and tf2onnx export them, for the importer's tests, and Keras's own answers.

For NAME.onnx, NAME.tokens holds the tokens heard (u16) and NAME.logits what Keras tells after every
8th of them (f32, little-endian; logarithms of probabilities). Needs TensorFlow and tf2onnx (written with
TensorFlow 2.21, Keras 3.15 and tf2onnx 1.17).
"""

import pathlib

import keras
import numpy as np
import tensorflow as tf
import tf2onnx
from keras import layers

HERE = pathlib.Path(__file__).parent
STEPS, EVERY, VOCAB = 96, 8, 23


def sequence(cell):
    """A sequence of numbers in, probabilities after every step out."""
    return keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            layers.Embedding(VOCAB, 9),
            cell(14, return_sequences=True),
            layers.Dropout(0.3),
            cell(10, return_sequences=True),
            layers.Dense(VOCAB, activation="softmax"),
        ]
    )


def last():
    """A one-hot sequence in, probabilities after its last step out: the student's notebook."""
    return keras.Sequential(
        [
            keras.Input((None, VOCAB)),
            layers.LSTM(13, return_sequences=True),
            layers.Dropout(0.3),
            layers.LSTM(11),
            layers.Dense(7),
            layers.Dense(VOCAB),
            layers.Activation("softmax"),
        ]
    )


def export(name, model, spec):
    call = tf.function(lambda x: model(x, training=False), input_signature=[spec])
    tf2onnx.convert.from_function(call, [spec], opset=13, output_path=str(HERE / f"{name}.onnx"))


def write(name, tokens, told):
    (HERE / f"{name}.tokens").write_bytes(tokens.astype("<u2").tobytes())
    (HERE / f"{name}.logits").write_bytes(np.log(told).astype("<f4").tobytes())


def main():
    keras.utils.set_random_seed(7)
    tokens = np.random.default_rng(7).integers(VOCAB, size=STEPS)
    for name, cell in [("keras_lstm_sequence", layers.LSTM), ("keras_gru_sequence", layers.GRU)]:
        model = sequence(cell)
        export(name, model, tf.TensorSpec((None, None), tf.int32, name="tokens"))
        if cell is layers.LSTM:  # the GRU comes as a loop and is to be refused
            write(name, tokens, model(tokens[None]).numpy()[0, EVERY - 1 :: EVERY])
    model = last()
    one_hot = np.eye(VOCAB, dtype=np.float32)[tokens][None]
    export("keras_lstm_last", model, tf.TensorSpec((None, None, VOCAB), tf.float32, name="one_hot"))
    told = [model(one_hot[:, :end]).numpy()[0] for end in range(EVERY, STEPS + 1, EVERY)]
    write("keras_lstm_last", tokens, np.stack(told))


main()
