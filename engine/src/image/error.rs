//! Why an image is refused, with the numbers that show it and the way out.

use core::error::Error;
use core::fmt::{self, Display, Formatter};

use musigan_score::Fingerprint;

/// Why an image is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OpenError {
    /// The bytes are not an intact image.
    Malformed(Malformed),
    /// The bytes are an image that this version of the engine cannot play.
    Unsupported(Unsupported),
    /// The image is intact, but its tokens mean something else than the program's.
    Vocabulary {
        /// The vocabulary that the model was trained on.
        image: Fingerprint,
        /// The vocabulary that the program speaks.
        program: Fingerprint,
    },
    /// The image lies at an address that f32 weights cannot be read from.
    Misaligned {
        /// The address modulo 64.
        address_mod_64: usize,
    },
}

/// Damage to an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Malformed {
    /// The first eight bytes are not those of an image.
    NotAnImage,
    /// Fewer or more bytes than the image has.
    Length {
        /// Bytes that there should be.
        expected: u64,
        /// Bytes that there are.
        found: u64,
    },
    /// The bytes are not those that were written.
    Checksum {
        /// The checksum in the header.
        stored: u32,
        /// The checksum of the bytes.
        computed: u32,
    },
    /// A field of the header or the section table has a value that no writer gives it.
    Field {
        /// Where the field lies in the image.
        offset: usize,
        /// Its value.
        value: u64,
    },
    /// A section that the architecture needs is not there.
    MissingSection {
        /// The kind of section, as in IMAGE.md.
        kind: u16,
        /// The layer.
        index: u16,
    },
    /// A section has another length than the header's extents give it.
    SectionLength {
        /// The kind of section, as in IMAGE.md.
        kind: u16,
        /// The layer.
        index: u16,
        /// Bytes that there should be.
        expected: u64,
        /// Bytes that there are.
        found: u64,
    },
    /// A weight is infinite, not a number, or the integer −128.
    Number {
        /// The kind of section, as in IMAGE.md.
        kind: u16,
        /// The layer.
        index: u16,
    },
    /// An extent of a generator of bars is none, or too large.
    Size {
        /// Which one, from 0.
        at: usize,
        /// Its value.
        value: u16,
    },
    /// The passages of the training music are none.
    Passages {
        /// Bytes of the section.
        bytes: usize,
    },
    /// The notes about the model are not UTF-8.
    Text {
        /// Bytes of the text that are.
        valid: usize,
    },
}

/// A feature of an image that this version of the engine lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unsupported {
    /// Another version of the format.
    Version(u16),
    /// An unknown kind of network.
    Architecture(u16),
    /// An unknown kind of section.
    Section(u16),
    /// An unknown type of weights.
    Element(u16),
}

impl From<Malformed> for OpenError {
    fn from(error: Malformed) -> Self {
        Self::Malformed(error)
    }
}

impl From<Unsupported> for OpenError {
    fn from(error: Unsupported) -> Self {
        Self::Unsupported(error)
    }
}

impl Display for OpenError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(Malformed::NotAnImage) => {
                f.write_str("not a MusiGAN image; musigan-import makes one from an ONNX file")
            }
            Self::Malformed(damage) => {
                write!(f, "the image is damaged: {damage}; copy or import it again")
            }
            Self::Unsupported(feature) => write!(
                f,
                "the image needs another engine: it has {feature}; import the model again with \
                 this version or update the program"
            ),
            Self::Vocabulary { image, program } => write!(
                f,
                "the image speaks vocabulary {image} and this program {program}; train the model \
                 with this version or run the version that trained it"
            ),
            Self::Misaligned { address_mod_64 } => write!(
                f,
                "the image lies {address_mod_64} bytes beyond a multiple of 64 and needs at least \
                 a multiple of 4; map the file or use include_image!"
            ),
        }
    }
}

impl Display for Malformed {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAnImage => f.write_str("its first bytes are not those of an image"),
            Self::Length { expected, found } => {
                write!(f, "it should be {expected} bytes long and is {found}")
            }
            Self::Checksum { stored, computed } => {
                write!(f, "its checksum should be {stored:08x} and is {computed:08x}")
            }
            Self::Field { offset, value } => {
                write!(f, "the field at byte {offset} has the impossible value {value}")
            }
            Self::MissingSection { kind, index } => write!(f, "section {kind}.{index} is missing"),
            Self::SectionLength { kind, index, expected, found } => {
                write!(f, "section {kind}.{index} should be {expected} bytes long and is {found}")
            }
            Self::Number { kind, index } => {
                write!(f, "section {kind}.{index} holds a weight that no writer writes")
            }
            Self::Size { at, value } => {
                write!(f, "extent {at} of its bars has the impossible value {value}")
            }
            Self::Passages { bytes } => {
                write!(f, "its {bytes} bytes of passages are none that a writer writes")
            }
            Self::Text { valid } => write!(f, "its notes are not UTF-8 beyond byte {valid}"),
        }
    }
}

impl Display for Unsupported {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version(version) => write!(f, "format version {version}"),
            Self::Architecture(code) => write!(f, "architecture {code}"),
            Self::Section(kind) => write!(f, "a section of kind {kind}"),
            Self::Element(code) => write!(f, "weights of type {code}"),
        }
    }
}

impl Error for OpenError {}
