//! The `.mgi` image: a model as one flat block of bytes, used in place.
//!
//! `engine/IMAGE.md` specifies the format. [`Image::open`] proves everything about the bytes;
//! after it nothing can fail.

mod align;
mod bars;
mod checksum;
mod error;
mod header;
mod linked;
mod sections;
mod stack;
mod weights;

use core::num::NonZeroUsize;

use musigan_score::Fingerprint;

pub use align::Aligned64;
pub use error::{Malformed, OpenError, Unsupported};
pub use header::Architecture;
use header::Header;
use sections::Sections;
pub(crate) use sections::{Brain, Element};
pub(crate) use stack::fixed;
pub use weights::Weights;

use crate::generator::Model;

/// An image whose every byte was checked.
#[derive(Clone, Copy, Debug)]
pub struct Image<'a> {
    header: Header,
    about: &'a str,
    model: Model<'a>,
    separate_embedding: bool,
}

impl<'a> Image<'a> {
    /// Checks an image and borrows the model in it.
    ///
    /// `bytes` is the whole image and nothing else, at an address divisible by 4; at one divisible
    /// by 64 the kernels are faster ([`Aligned64`], [`include_image!`](crate::include_image), any
    /// memory map). The work is one pass over the bytes.
    ///
    /// # Errors
    /// [`OpenError::Malformed`] where the bytes are no intact image, [`OpenError::Unsupported`]
    /// where they are an image of a newer kind than this program knows, and
    /// [`OpenError::Misaligned`].
    pub fn open(bytes: &'a [u8]) -> Result<Self, OpenError> {
        let header = Header::read(bytes)?;
        let sections = Sections::read(bytes, header.version, header.sections)?;
        let model = match header.architecture {
            Architecture::Lstm => Model::Lstm(stack::recurrent(&header, &sections)?),
            Architecture::Gru => Model::Gru(stack::recurrent(&header, &sections)?),
            Architecture::Gan => Model::Gan(bars::bars(&header, &sections)?),
            Architecture::Linked => Model::Linked(linked::linked(&header, &sections)?),
        };
        let about = sections.text(sections::Kind::About)?;
        let separate_embedding = sections.len(sections::Kind::Embedding).is_some();
        Ok(Self { header, about, model, separate_embedding })
    }

    /// Checks that the image was trained on the vocabulary of this fingerprint.
    ///
    /// # Errors
    /// [`OpenError::Vocabulary`] where it was not.
    pub fn speaks(&self, vocabulary: Fingerprint) -> Result<(), OpenError> {
        self.header.speaks(vocabulary)
    }

    /// The model, on the fastest kernels of this processor.
    pub fn model(&self) -> Model<'a> {
        self.model
    }

    /// The kind of network.
    pub fn architecture(&self) -> Architecture {
        self.header.architecture
    }

    /// How the weights are stored.
    pub fn weights(&self) -> Weights {
        self.model.weights()
    }

    /// Whether the embedding stands apart from the first layer instead of being folded into it.
    pub fn separate_embedding(&self) -> bool {
        self.separate_embedding
    }

    /// The fingerprint of the vocabulary that the model was trained on.
    pub fn vocabulary(&self) -> Fingerprint {
        self.header.vocabulary
    }

    /// Ticks per quarter note of the model's time.
    pub fn ticks_per_quarter(&self) -> u16 {
        self.header.ticks_per_quarter
    }

    /// Units of each recurrent layer; of the shared layers of a generator of bars; of the first layer of
    /// each generator of those that are linked.
    pub fn widths(&self) -> impl Iterator<Item = usize> {
        self.header.widths.into_iter().flatten().map(NonZeroUsize::get)
    }

    /// What the trainer noted about the model: lines of `name=value`, corpus and licence among
    /// them.
    pub fn about(&self) -> &'a str {
        self.about
    }
}
