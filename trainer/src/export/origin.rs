//! The weights in an ONNX file that was exported before, for a run that learns on from them.

use musigan_engine::generator::MAX_LAYERS;
use prost::Message;

use super::network::transposed;
use crate::graph::ReadError;
use crate::graph::onnx::{DataType, ModelProto, TensorProto};
use crate::model::{Architecture, Form, Kind};

/// A network as it was exported.
#[derive(Clone, Debug, PartialEq)]
pub struct Origin {
    /// Its sizes.
    pub architecture: Architecture,
    /// Its flat weights.
    pub weights: Vec<f32>,
    /// The fingerprint of its vocabulary, 16 hexadecimal digits.
    pub vocabulary: String,
}

/// Why a file is nothing to begin with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OriginError {
    /// It is no ONNX file.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// It is another network than [`onnx_file`](super::onnx_file) writes.
    #[error("it is not an LSTM or GRU that `musigan-train export` wrote ({0})")]
    Foreign(String),
}

impl Origin {
    /// Reads an ONNX file that [`onnx_file`](super::onnx_file) wrote.
    ///
    /// # Errors
    /// [`OriginError`].
    pub fn read(bytes: &[u8]) -> Result<Self, OriginError> {
        let model = ModelProto::decode(bytes)
            .map_err(|error| OriginError::Read(ReadError::Malformed(error.to_string())))?;
        let mut metadata = model.metadata_props.iter();
        let vocabulary = metadata.find(|entry| entry.key == "musigan.vocabulary");
        let vocabulary =
            vocabulary.map(|entry| entry.value.clone()).ok_or_else(|| lacks("vocabulary"))?;
        let graph = model.graph.unwrap_or_default();
        let has = |op: &str| graph.node.iter().any(|node| node.op_type == op);
        let kind = match (has("LSTM"), has("GRU")) {
            (true, false) => Kind::Lstm,
            (false, true) => Kind::Gru,
            _ => return Err(lacks("recurrent layer of one kind")),
        };
        let file = Initializers(&graph.initializer);
        let [vocab, embed] = file.shape("embedding")?;
        let [_, _, hidden] = file.shape("layer0.r")?;
        let others = match file.shape("others_table") {
            Ok([others, _]) => others,
            Err(_) => 0,
        };
        let layers = (0..=MAX_LAYERS).take_while(|&l| file.has(&name(l, "w"))).count();
        if layers > MAX_LAYERS {
            return Err(OriginError::Foreign(format!("it has more than {MAX_LAYERS} layers")));
        }
        let mut architecture = Architecture {
            kind,
            form: Form::Tokens,
            vocab,
            embed,
            hidden,
            layers,
            tied: false,
            norm: file.has(&name(0, "gain")),
            others,
        };
        let embedding = file.floats("embedding", &[vocab, embed])?;
        let head = file.floats("head.w", &[hidden, vocab])?;
        architecture.tied = embed == hidden && head == transposed(&embedding, vocab, embed);
        // All that is read was found in the file, so that the layout is no larger than the file.
        let mut tensors = vec![("embedding".to_owned(), embedding)];
        if others > 0 {
            tensors.push(("others".to_owned(), file.floats("others_table", &[others, embed])?));
        }
        for layer in 0..layers {
            file.layer(&architecture, layer, &mut tensors)?;
        }
        if !architecture.tied {
            tensors.push(("head.w".to_owned(), head));
        }
        tensors.push(("head.b".to_owned(), file.floats("head.b", &[vocab])?));
        let layout = architecture.layout();
        let mut weights = vec![0.0; layout.len()];
        for tensor in layout.tensors() {
            let (_, read) = tensors
                .iter()
                .find(|(name, read)| *name == tensor.name && read.len() == tensor.range().len())
                .ok_or_else(|| lacks(&tensor.name))?;
            weights[tensor.range()].copy_from_slice(read);
        }
        if !weights.iter().all(|weight| weight.is_finite()) {
            return Err(OriginError::Foreign("a weight is not a number".to_owned()));
        }
        Ok(Self { architecture, weights, vocabulary })
    }
}

fn lacks(what: &str) -> OriginError {
    OriginError::Foreign(format!("it has no {what}"))
}

fn name(layer: usize, part: &str) -> String {
    format!("layer{layer}.{part}")
}

/// The constants of a file.
struct Initializers<'a>(&'a [TensorProto]);

impl Initializers<'_> {
    fn has(&self, name: &str) -> bool {
        self.0.iter().any(|tensor| tensor.name == name)
    }

    fn get(&self, name: &str) -> Result<&TensorProto, OriginError> {
        self.0.iter().find(|tensor| tensor.name == name).ok_or_else(|| lacks(name))
    }

    /// The axis lengths of a tensor that has `N` axes, none of them empty, and as many floats.
    fn shape<const N: usize>(&self, name: &str) -> Result<[usize; N], OriginError> {
        let tensor = self.get(name)?;
        let dims = tensor.dims.iter().map(|&n| usize::try_from(n).ok().filter(|&n| n > 0));
        let dims =
            dims.collect::<Option<Vec<_>>>().and_then(|dims| <[usize; N]>::try_from(dims).ok());
        let holds = |dims: &[usize; N]| {
            let numbers = dims.iter().try_fold(1_usize, |product, &n| product.checked_mul(n));
            numbers.and_then(|n| n.checked_mul(4)) == Some(tensor.raw_data.len())
        };
        let is_float = tensor.data_type == DataType::Float as i32;
        dims.filter(holds).filter(|_| is_float).ok_or_else(|| lacks(name))
    }

    /// The floats of a tensor of this shape.
    fn floats<const N: usize>(
        &self,
        name: &str,
        shape: &[usize; N],
    ) -> Result<Vec<f32>, OriginError> {
        if self.shape::<N>(name)? != *shape {
            return Err(lacks(&format!("{name} of the shape {shape:?}")));
        }
        let (floats, _) = self.get(name)?.raw_data.as_chunks::<4>();
        Ok(floats.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect())
    }

    /// The tensors of one layer as they are trained: see `Writer::layer`.
    fn layer(
        &self,
        a: &Architecture,
        layer: usize,
        tensors: &mut Vec<(String, Vec<f32>)>,
    ) -> Result<(), OriginError> {
        let inputs = if layer == 0 { a.embed } else { a.hidden };
        let columns = a.kind.cell().gates() * a.hidden;
        for (part, width) in [("w", inputs), ("r", a.hidden)] {
            let kernel = self.floats(&name(layer, part), &[1, columns, width])?;
            tensors.push((name(layer, part), transposed(&kernel, columns, width)));
        }
        let mut biases = self.floats(&name(layer, "b"), &[1, 2 * columns])?;
        let recurrent = biases.split_off(columns);
        tensors.push((name(layer, "b"), biases));
        if a.kind == Kind::Gru {
            tensors.push((name(layer, "rb"), recurrent[2 * a.hidden..].to_vec()));
        }
        for part in ["gain", "shift"].into_iter().filter(|_| a.norm) {
            tensors.push((name(layer, part), self.floats(&name(layer, part), &[a.hidden])?));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use musigan_score::Fingerprint;

    use super::*;
    use crate::export::{About, Trained, onnx_file};

    const SIZES: Architecture = Architecture {
        kind: Kind::Gru,
        form: Form::Tokens,
        vocab: 12,
        embed: 5,
        hidden: 6,
        layers: 2,
        tied: false,
        norm: false,
        others: 0,
    };

    fn exported(architecture: &Architecture) -> (Vec<f32>, Vec<u8>) {
        let weights = architecture.layout().init(7);
        let vocabulary = Fingerprint(0x5eed);
        let trained = Trained { architecture, weights: &weights, vocabulary };
        let file = onnx_file(trained, &About::default());
        (weights, file)
    }

    #[test]
    fn what_was_exported_is_read_back_bit_by_bit() {
        let others = Architecture { others: 9, kind: Kind::Lstm, layers: 1, ..SIZES };
        let tied = Architecture { tied: true, embed: 6, ..SIZES };
        let deep = Architecture { layers: MAX_LAYERS, kind: Kind::Lstm, ..SIZES };
        let norm = Architecture { norm: true, ..deep };
        for architecture in [SIZES, others, tied, deep, norm] {
            let (weights, file) = exported(&architecture);
            let read = Origin::read(&file).expect("our own file");
            assert_eq!(read.architecture, architecture);
            assert!(
                read.weights.iter().map(|w| w.to_bits()).eq(weights.iter().map(|w| w.to_bits()))
            );
            assert_eq!(read.vocabulary, Fingerprint(0x5eed).to_string());
        }
    }

    #[test]
    fn a_damaged_or_foreign_file_is_refused_with_a_reason() {
        let (_, file) = exported(&SIZES);
        for end in (0..file.len()).step_by(97) {
            assert!(Origin::read(&file[..end]).is_err());
        }
        let mut model = ModelProto::decode(file.as_slice()).unwrap();
        let graph = model.graph.as_mut().unwrap();
        let head = graph.initializer.iter_mut().find(|tensor| tensor.name == "head.b").unwrap();
        head.dims = vec![1 << 40];
        let error = Origin::read(&model.encode_to_vec()).unwrap_err();
        assert_eq!(error, lacks("head.b"));
        let unlike = |change: fn(&mut ModelProto)| {
            let mut model = ModelProto::decode(file.as_slice()).unwrap();
            change(&mut model);
            Origin::read(&model.encode_to_vec()).unwrap_err()
        };
        let error = unlike(|model| model.metadata_props.clear());
        assert_eq!(error, lacks("vocabulary"));
        let error = unlike(|model| model.graph.as_mut().unwrap().node.clear());
        assert_eq!(error, lacks("recurrent layer of one kind"));
    }
}
