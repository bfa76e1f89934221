use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use core::fmt::Write as _;

use musigan_engine::generator::Model;
use musigan_engine::image::{Architecture, Image, OpenError, Weights};
use musigan_music::Habits;
use musigan_score::events::FINGERPRINT;

/// Room for a model's image, aligned as the kernels like it.
pub struct Bytes {
    room: Vec<u8>,
    from: usize,
    len: usize,
}

/// A cache line, and the widest vector.
const ALIGNMENT: usize = 64;

impl Bytes {
    /// Room for `len` bytes, all 0.
    #[must_use]
    pub fn new(len: usize) -> Self {
        let room = vec![0; len + ALIGNMENT];
        let from = room.as_ptr().align_offset(ALIGNMENT).min(ALIGNMENT);
        Self { room, from, len }
    }

    /// The bytes, to be filled.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.room[self.from..self.from + self.len]
    }

    fn bytes(&self) -> &[u8] {
        &self.room[self.from..self.from + self.len]
    }
}

/// A model, or why the bytes are none.
pub struct Loaded {
    /// The model.
    pub model: Result<Model<'static>, OpenError>,
    /// How it composes where nobody says how.
    pub habits: Habits,
    text: String,
}

impl Loaded {
    /// Opens the image in `bytes`, which stay for as long as the program runs.
    #[must_use]
    pub fn open(bytes: &'static Bytes) -> Self {
        let image = Image::open(bytes.bytes());
        let opened = image.and_then(|image| image.speaks(FINGERPRINT).map(|()| image));
        let text = match &opened {
            Ok(image) => about(image),
            Err(error) => error.to_string(),
        };
        Self { model: opened.map(|image| image.model()), habits: Habits::read(&text), text }
    }

    /// Lines of `name=value` about the model; of bytes that are no model one sentence that says why.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

fn about(image: &Image<'_>) -> String {
    let network = match image.architecture() {
        Architecture::Lstm => "LSTM",
        Architecture::Gru => "GRU",
        Architecture::Gan => "GAN",
        Architecture::Linked => "linked",
        _ => "another",
    };
    let weights = match image.weights() {
        Weights::F32 => "f32",
        Weights::Bf16 => "bf16",
        Weights::Int8 => "int8",
        _ => "others",
    };
    let mut text = String::new();
    let widths: Vec<String> = image.widths().map(|width| width.to_string()).collect();
    // Writing into a string does not fail.
    let _ = write!(text, "network={network} {}\nweights={weights}\n", widths.join(" + "));
    text + image.about()
}
