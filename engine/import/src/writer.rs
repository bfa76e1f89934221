//! Writes `.mgi` images; `engine/IMAGE.md` specifies the format.

use musigan_engine::image::Architecture;
use musigan_score::Fingerprint;

const HEADER_LEN: usize = 64;
const ENTRY_LEN: usize = 16;
const ALIGNMENT: usize = 64;
const CRC_AT: usize = 20;
const LANES: usize = 16;
const HEAD_GROUPS: usize = 4;

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
    /// From the bottom up, at most [`MAX_LAYERS`](musigan_engine::generator::MAX_LAYERS).
    pub layers: Vec<Layer>,
    /// Logit weights, `[vocabulary, width of the last layer]`.
    pub head: Vec<f32>,
    /// Logit biases, `[vocabulary]`.
    pub head_bias: Vec<f32>,
}

/// A recurrent layer: gates in ONNX order, `G` = 4 for LSTM (i, o, f, c) and 3 for GRU (z, r, h).
#[derive(Clone, Debug)]
pub struct Layer {
    /// Units.
    pub width: usize,
    /// Units of the layer below; 0 for the first layer, whose input is in `start`.
    pub below: usize,
    /// Sums before the first input, `[rows, 4, width]`: a row per token in the first layer, one
    /// row above it. The fourth group of a GRU is the recurrent bias of h.
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
        layers.sum::<usize>() + self.head.len() + self.head_bias.len()
    }

    /// The image of the network.
    ///
    /// # Panics
    /// Where a matrix has another length than its documentation says, or where the image would
    /// reach 4 GiB: callers check what they read before they build a network.
    pub fn to_image(&self) -> Vec<u8> {
        let gates = match self.architecture {
            Architecture::Lstm => 4,
            Architecture::Gru => 3,
            other => unreachable!("{other:?} is not a recurrent network"),
        };
        let mut sections = Vec::new();
        for (index, layer) in self.layers.iter().enumerate() {
            sections.push(Section::numbers(1, index, layer.start_rows()));
            sections.push(Section::numbers(2, index, layer.weight_rows(gates)));
        }
        sections.push(Section::numbers(3, 0, head_rows(&self.head_bias, 1)));
        let inputs = self.head.len() / self.vocab_len();
        sections.push(Section::numbers(4, 0, head_rows(&self.head, inputs)));
        let about = self.about.clone().into_bytes();
        sections.push(Section { kind: 5, index: 0, element: 0, bytes: about });
        self.assemble(&sections)
    }

    fn assemble(&self, sections: &[Section]) -> Vec<u8> {
        let mut image = vec![0; HEADER_LEN + ENTRY_LEN * sections.len()];
        for (number, section) in sections.iter().enumerate() {
            image.resize(image.len().next_multiple_of(ALIGNMENT), 0);
            let offset = image.len();
            image.extend_from_slice(&section.bytes);
            let mut entry = Vec::with_capacity(ENTRY_LEN);
            for half in [section.kind, section.index, section.element, 0] {
                entry.extend(half.to_le_bytes());
            }
            entry.extend(word(offset));
            entry.extend(word(section.bytes.len()));
            put(&mut image, HEADER_LEN + number * ENTRY_LEN, &entry);
        }
        let architecture: u16 = match self.architecture {
            Architecture::Gru => 2,
            _ => 1,
        };
        put(&mut image, 0, b"\x89MGI\r\n\x1a\n");
        put(&mut image, 8, &1_u16.to_le_bytes());
        put(&mut image, 10, &architecture.to_le_bytes());
        put(&mut image, 12, &(sections.len() as u16).to_le_bytes());
        put(&mut image, 14, &self.ticks_per_quarter.to_le_bytes());
        let len = word(image.len());
        put(&mut image, 16, &len);
        put(&mut image, 24, &self.vocabulary.0.to_le_bytes());
        put(&mut image, 32, &word(self.vocab_len()));
        for (index, layer) in self.layers.iter().enumerate() {
            let width = u16::try_from(layer.width).expect("a layer's width fits 16 bits");
            put(&mut image, 36 + 2 * index, &width.to_le_bytes());
        }
        seal(&mut image);
        image
    }
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

struct Section {
    kind: u16,
    index: u16,
    element: u16,
    bytes: Vec<u8>,
}

impl Section {
    fn numbers(kind: u16, index: usize, numbers: Vec<f32>) -> Self {
        let bytes = numbers.into_iter().flat_map(f32::to_le_bytes).collect();
        Self { kind, index: index as u16, element: 1, bytes }
    }
}

impl Layer {
    fn panels(&self) -> usize {
        self.width.div_ceil(LANES)
    }

    fn start_rows(&self) -> Vec<f32> {
        let (width, rows) = (self.width, self.start.len() / (4 * self.width));
        assert_eq!(self.start.len(), rows * 4 * width, "start is [rows, 4, width]");
        let mut out = Vec::with_capacity(rows * 4 * self.panels() * LANES);
        for row in self.start.chunks_exact(4 * width) {
            for panel in 0..self.panels() {
                for group in row.chunks_exact(width) {
                    out.extend(lanes(panel, width).map(|unit| unit.map_or(0.0, |u| group[u])));
                }
            }
        }
        out
    }

    fn weight_rows(&self, gates: usize) -> Vec<f32> {
        let (width, below) = (self.width, self.below);
        assert_eq!(self.recurrent.len(), gates * width * width, "recurrent is [G, width, width]");
        assert_eq!(self.input.len(), gates * width * below, "input is [G, width, below]");
        let mut out = Vec::with_capacity(gates * self.panels() * LANES * (width + below));
        for panel in 0..self.panels() {
            for (matrix, columns) in [(&self.recurrent, width), (&self.input, below)] {
                for column in 0..columns {
                    for gate in 0..gates {
                        out.extend(lanes(panel, width).map(|unit| {
                            unit.map_or(0.0, |u| matrix[(gate * width + u) * columns + column])
                        }));
                    }
                }
            }
        }
        out
    }
}

/// `[outputs, columns]` as panels of 64 outputs, a row per column.
fn head_rows(matrix: &[f32], columns: usize) -> Vec<f32> {
    let outputs = matrix.len() / columns;
    assert_eq!(matrix.len(), outputs * columns, "the head is [vocabulary, width]");
    let groups = outputs.div_ceil(HEAD_GROUPS * LANES) * HEAD_GROUPS;
    let mut out = Vec::with_capacity(groups * LANES * columns);
    for panel in (0..groups).step_by(HEAD_GROUPS) {
        for column in 0..columns {
            for group in panel..panel + HEAD_GROUPS {
                out.extend(
                    lanes(group, outputs)
                        .map(|output| output.map_or(0.0, |o| matrix[o * columns + column])),
                );
            }
        }
    }
    out
}

/// The units in the lanes of a group; the last group is filled up with none.
fn lanes(group: usize, units: usize) -> impl Iterator<Item = Option<usize>> {
    (group * LANES..(group + 1) * LANES).map(move |unit| (unit < units).then_some(unit))
}
