//! Writes `.mgi` images; `engine/IMAGE.md` specifies the format.

pub mod bars;
mod brain;
mod panels;
mod section;

use musigan_engine::image::{Architecture, Weights};
use musigan_score::Fingerprint;
use musigan_score::link::Picture;
use panels::{Matrix, Outputs};
use section::{Kind, Section};

pub use brain::round_row;
pub use panels::Int8Matrix;

const HEADER_LEN: usize = 64;
const ENTRY_LEN: usize = 16;
const ALIGNMENT: usize = 64;
const CRC_AT: usize = 20;
const NORMAL_AT: usize = 44;

/// A recurrent generator in plain row-major matrices, ready to be written.
#[derive(Clone, Debug)]
pub struct Network {
    /// The kind of cell.
    pub architecture: Architecture,
    /// The vocabulary that the tokens belong to.
    pub vocabulary: Fingerprint,
    /// Ticks per quarter note of the vocabulary's time.
    pub ticks_per_quarter: u16,
    /// Lines of `name=value` about the model.
    pub about: String,
    /// Passages of the training music, as [`Passages::read`](musigan_engine::passages::Passages::read) takes them.
    pub passages: Option<Vec<u8>>,
    /// What the first layer hears, where it is not folded into its `start`.
    pub embedding: Option<Embedding>,
    /// What each feature of a picture of other parts adds to the embedding, `[features, width]`, where the
    /// network hears them; the embedding is not folded then.
    pub others: Option<Vec<f32>>,
    /// From the bottom up, at most [`MAX_LAYERS`](musigan_engine::generator::MAX_LAYERS).
    pub layers: Vec<Layer>,
    /// Whether what each layer tells is normalised, the first layer's bit the lowest.
    pub normal: u8,
    /// Logit weights, `[vocabulary, width of the last layer]`.
    pub head: Vec<f32>,
    /// Logit biases, `[vocabulary]`.
    pub head_bias: Vec<f32>,
}

/// A row of numbers per token.
#[derive(Clone, Debug)]
pub struct Embedding {
    /// Numbers in a row.
    pub width: usize,
    /// `[vocabulary, width]`.
    pub numbers: Vec<f32>,
}

/// A recurrent layer: gates in ONNX order, `G` = 4 for LSTM (i, o, f, c) and 3 for GRU (z, r, h).
#[derive(Clone, Debug)]
pub struct Layer {
    /// Units.
    pub width: usize,
    /// Units of the layer below, or numbers of the embedding; 0 for a first layer whose input is in
    /// `start`.
    pub below: usize,
    /// Sums before the first input, `[rows, 4, width]`: a row per token in a first layer without an
    /// embedding below it, else one row. The fourth group of a GRU is the recurrent bias of h.
    pub start: Vec<f32>,
    /// Recurrent kernel R, `[G, width, width]`.
    pub recurrent: Vec<f32>,
    /// Input kernel W, `[G, width, below]`.
    pub input: Vec<f32>,
}

impl Network {
    /// Tokens in the vocabulary.
    pub fn vocab_len(&self) -> usize {
        self.head_bias.len()
    }

    /// Weights and biases, those that fill up panels left out.
    pub fn parameters(&self) -> usize {
        let layers = self.layers.iter().map(|l| l.start.len() + l.recurrent.len() + l.input.len());
        let embedding = self.embedding.as_ref().map_or(0, |embedding| embedding.numbers.len());
        let others = self.others.as_ref().map_or(0, Vec::len);
        embedding + others + layers.sum::<usize>() + self.head.len() + self.head_bias.len()
    }

    /// The greatest magnitude of a number that would be stored as f16: those of a folded first layer.
    pub fn greatest_half(&self) -> f32 {
        let folded = self.layers.iter().take(1).filter(|_| self.embedding.is_none());
        folded.flat_map(|layer| &layer.start).fold(0.0, |greatest, w| w.abs().max(greatest))
    }

    /// The image of the network.
    ///
    /// A number beyond ±65504 would be an infinite f16, which the engine refuses:
    /// [`greatest_half`](Self::greatest_half) tells.
    ///
    /// # Panics
    /// Where a matrix has another length than its documentation says, or where the image would
    /// reach 4 GiB: callers check what they read before they build a network.
    pub fn to_image(&self, weights: Weights) -> Vec<u8> {
        let gates = match self.architecture {
            Architecture::Lstm => 4,
            Architecture::Gru => 3,
            other => unreachable!("{other:?} is not a recurrent network"),
        };
        let mut sections = Vec::new();
        let mut version = if weights == Weights::F32 { 1 } else { 2 };
        if let Some(Embedding { width, numbers }) = &self.embedding {
            version = 3;
            let kinds = [Kind::Embedding, Kind::EmbeddingScales];
            sections.extend(section::embedding(weights, kinds, numbers, *width));
            if let Some(others) = &self.others {
                version = 5;
                assert_eq!(others.len(), Picture::FEATURES * width, "others are [features, E]");
                let kinds = [Kind::Others, Kind::OthersScales];
                sections.extend(section::embedding(weights, kinds, others, *width));
            }
        }
        if self.normal != 0 {
            version = 6;
        }
        if weights == Weights::Bf16 {
            version = 7;
        }
        for (index, layer) in self.layers.iter().enumerate() {
            let (width, below) = (layer.width, layer.below);
            assert_eq!(layer.start.len() % (4 * width), 0, "start is [rows, 4, width]");
            assert_eq!(layer.recurrent.len(), gates * width * width, "R is [G, width, width]");
            assert_eq!(layer.input.len(), gates * width * below, "W is [G, width, below]");
            let folded = index == 0 && self.embedding.is_none();
            let table = if folded { weights } else { Weights::F32 };
            let start = layer.start_rows();
            sections.push(match table {
                Weights::F32 => Section::f32(Kind::LayerStart, index, &start),
                _ => Section::f16(Kind::LayerStart, index, &start),
            });
            let input;
            let mut matrices = vec![Matrix { numbers: &layer.recurrent, columns: width }];
            if below > 0 {
                // The rows of an embedding end with zeros, which are heard like any number.
                let heard = if index == 0 { below.next_multiple_of(panels::LANES) } else { below };
                input = panels::widened(&layer.input, below, heard);
                matrices.push(Matrix { numbers: &input, columns: heard });
            }
            let outputs = Outputs::Gates { gates, width };
            let kinds = [Kind::LayerWeights, Kind::LayerScales];
            sections.extend(section::matrices(weights, kinds, index, outputs, &matrices));
        }
        let outputs = Outputs::Logits(self.vocab_len());
        let bias = panels::floats(outputs, &[Matrix { numbers: &self.head_bias, columns: 1 }]);
        sections.push(Section::f32(Kind::HeadStart, 0, &bias));
        let columns = self.head.len() / self.vocab_len();
        assert_eq!(self.head.len(), columns * self.vocab_len(), "the head is [vocabulary, width]");
        let head = [Matrix { numbers: &self.head, columns }];
        let kinds = [Kind::HeadWeights, Kind::HeadScales];
        sections.extend(section::matrices(weights, kinds, 0, outputs, &head));
        sections.push(Section::bytes(Kind::About, self.about.as_bytes()));
        if let Some(passages) = &self.passages {
            version = 8;
            sections.push(Section::bytes(Kind::Passages, passages));
        }
        let width =
            |layer: &Layer| u16::try_from(layer.width).expect("a layer's width fits 16 bits");
        let head = Head {
            version,
            architecture: if self.architecture == Architecture::Gru { 2 } else { 1 },
            vocabulary: self.vocabulary,
            ticks_per_quarter: self.ticks_per_quarter,
            vocab_len: self.vocab_len(),
            widths: self.layers.iter().map(width).collect(),
            normal: self.normal,
        };
        assemble(&sections, &head)
    }
}

/// The image of generators that are linked, of one image for each part, in order; `about` is about all.
///
/// # Panics
/// Where an image has no header, or the whole would reach 4 GiB.
pub fn linked(members: &[&[u8]], about: &str) -> Vec<u8> {
    let mut sections: Vec<_> =
        members.iter().enumerate().map(|(at, image)| Section::member(at, image)).collect();
    sections.push(Section::bytes(Kind::About, about.as_bytes()));
    let half = |image: &[u8], at: usize| u16::from_le_bytes([image[at], image[at + 1]]);
    let first = members[0];
    let array = |at: usize, len: usize| first[at..at + len].iter().rev();
    let number = |at, len| array(at, len).fold(0_u64, |sum, &byte| sum << 8 | u64::from(byte));
    let head = Head {
        version: 5,
        architecture: 4,
        vocabulary: Fingerprint(number(24, 8)),
        ticks_per_quarter: half(first, 14),
        vocab_len: number(32, 4) as usize,
        widths: members.iter().map(|image| half(image, 36)).collect(),
        normal: 0,
    };
    assemble(&sections, &head)
}

/// What the first 64 bytes say.
struct Head {
    version: u16,
    architecture: u16,
    vocabulary: Fingerprint,
    ticks_per_quarter: u16,
    vocab_len: usize,
    /// Units of each layer from the bottom up.
    widths: Vec<u16>,
    normal: u8,
}

fn assemble(sections: &[Section], head: &Head) -> Vec<u8> {
    let mut image = vec![0; HEADER_LEN + ENTRY_LEN * sections.len()];
    for (number, section) in sections.iter().enumerate() {
        image.resize(image.len().next_multiple_of(ALIGNMENT), 0);
        let offset = image.len();
        image.extend_from_slice(&section.bytes);
        let mut entry = Vec::with_capacity(ENTRY_LEN);
        for half in [section.kind as u16, section.index, section.element, 0] {
            entry.extend(half.to_le_bytes());
        }
        entry.extend(word(offset));
        entry.extend(word(section.bytes.len()));
        put(&mut image, HEADER_LEN + number * ENTRY_LEN, &entry);
    }
    put(&mut image, 0, b"\x89MGI\r\n\x1a\n");
    put(&mut image, 8, &head.version.to_le_bytes());
    put(&mut image, 10, &head.architecture.to_le_bytes());
    put(&mut image, 12, &(sections.len() as u16).to_le_bytes());
    put(&mut image, 14, &head.ticks_per_quarter.to_le_bytes());
    let len = word(image.len());
    put(&mut image, 16, &len);
    put(&mut image, 24, &head.vocabulary.0.to_le_bytes());
    put(&mut image, 32, &word(head.vocab_len));
    image[NORMAL_AT] = head.normal;
    for (index, width) in head.widths.iter().enumerate() {
        put(&mut image, 36 + 2 * index, &width.to_le_bytes());
    }
    seal(&mut image);
    image
}

/// Writes the checksum of everything else into an image.
pub fn seal(image: &mut [u8]) {
    let (before, after) = (&image[..CRC_AT], &image[CRC_AT + 4..]);
    let crc = !crc32(crc32(!0, before), after);
    put(image, CRC_AT, &crc.to_le_bytes());
}

/// CRC-32 (ISO-HDLC) bit by bit: written apart from the reader's, so that each proves the other.
fn crc32(start: u32, bytes: &[u8]) -> u32 {
    bytes.iter().fold(start, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
        })
    })
}

fn put(image: &mut [u8], at: usize, bytes: &[u8]) {
    image[at..at + bytes.len()].copy_from_slice(bytes);
}

fn word(value: usize) -> [u8; 4] {
    u32::try_from(value).expect("an image is smaller than 4 GiB").to_le_bytes()
}

impl Layer {
    /// The starts, panel after panel in each row.
    fn start_rows(&self) -> Vec<f32> {
        let outputs = Outputs::Gates { gates: 4, width: self.width };
        let rows = self.start.chunks_exact(4 * self.width);
        rows.flat_map(|row| panels::floats(outputs, &[Matrix { numbers: row, columns: 1 }]))
            .collect()
    }
}
