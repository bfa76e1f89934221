//! The first 64 bytes of an image.

use core::array;
use core::num::NonZeroUsize;
use core::ops::RangeInclusive;

use musigan_score::Fingerprint;

use super::checksum::checksum;
use super::{Malformed, OpenError, Unsupported};
use crate::generator::MAX_LAYERS;

pub(super) const HEADER_LEN: usize = 64;
/// Not ASCII, a line end of each kind and an end of file: a transfer in text mode shows at once.
const MAGIC: [u8; 8] = *b"\x89MGI\r\n\x1a\n";
/// The versions that are read; 2 added the elements f16 and int8, 3 embeddings apart, 4 generators of
/// bars, 5 generators that are linked, 6 layers that are normalised, 7 the element bf16, 8 passages.
const VERSIONS: RangeInclusive<u16> = 1..=8;
/// Tokens are 16-bit.
const MAX_VOCAB: u32 = 1 << 16;

const CRC_AT: usize = 20;

/// A bit for each layer, the first the lowest: whether what it tells is normalised.
const NORMAL_AT: usize = 44;

/// The kind of network in an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Architecture {
    /// Embedding → LSTM layers → dense.
    Lstm,
    /// Embedding → GRU layers → dense.
    Gru,
    /// Latent, bar before and condition → dense layers → bar: the generator of a GAN.
    Gan,
    /// A generator for each of several parts, which listen to each other.
    Linked,
}

impl Architecture {
    fn of(code: u16) -> Option<Self> {
        [Self::Lstm, Self::Gru, Self::Gan, Self::Linked].into_iter().find(|of| of.code() == code)
    }

    /// Its number in an image.
    pub(super) fn code(self) -> u16 {
        match self {
            Self::Lstm => 1,
            Self::Gru => 2,
            Self::Gan => 3,
            Self::Linked => 4,
        }
    }

    /// The first version of the format that has it.
    fn since(self) -> u16 {
        match self {
            Self::Lstm | Self::Gru => 1,
            Self::Gan => 4,
            Self::Linked => 5,
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    pub(super) version: u16,
    pub(super) architecture: Architecture,
    pub(super) sections: usize,
    pub(super) ticks_per_quarter: u16,
    pub(super) vocabulary: Fingerprint,
    pub(super) vocab_len: usize,
    /// Units of each layer; the first is always there.
    pub(super) widths: [Option<NonZeroUsize>; MAX_LAYERS],
    /// Whether what each layer tells is normalised.
    pub(super) normal: [bool; MAX_LAYERS],
}

impl Header {
    /// Checks the header and, with the checksum, every byte of the image.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, OpenError> {
        if bytes.get(..MAGIC.len()) != Some(&MAGIC) {
            return Err(Malformed::NotAnImage.into());
        }
        let found = bytes.len() as u64;
        let Some((header, body)) = bytes.split_first_chunk::<HEADER_LEN>() else {
            return Err(Malformed::Length { expected: HEADER_LEN as u64, found }.into());
        };
        let version = u16_at(header, 8);
        if !VERSIONS.contains(&version) {
            return Err(Unsupported::Version(version).into());
        }
        let expected = u64::from(u32_at(header, 16));
        if expected != found {
            return Err(Malformed::Length { expected, found }.into());
        }
        let stored = u32_at(header, CRC_AT);
        let computed = checksum([&header[..CRC_AT], &header[CRC_AT + 4..]], body);
        if stored != computed {
            return Err(Malformed::Checksum { stored, computed }.into());
        }

        let code = u16_at(header, 10);
        let architecture = Architecture::of(code).filter(|&of| version >= of.since());
        let Some(architecture) = architecture else {
            return Err(Unsupported::Architecture(code).into());
        };
        let vocab_len = u32_at(header, 32);
        if vocab_len == 0 || vocab_len > MAX_VOCAB {
            return Err(Malformed::Field { offset: 32, value: vocab_len.into() }.into());
        }
        let widths = widths(header)?;
        let normal: [bool; MAX_LAYERS] =
            array::from_fn(|layer| header[NORMAL_AT] >> layer & 1 == 1);
        let recurrent = matches!(architecture, Architecture::Lstm | Architecture::Gru);
        let can = |layer: usize| version >= 6 && recurrent && widths[layer].is_some();
        let known = (0..MAX_LAYERS).all(|layer| !normal[layer] || can(layer));
        let zero =
            if known && header[NORMAL_AT] < 1 << MAX_LAYERS { NORMAL_AT + 1 } else { NORMAL_AT };
        if let Some(offset) = (zero..HEADER_LEN).find(|&offset| header[offset] != 0) {
            return Err(Malformed::Field { offset, value: header[offset].into() }.into());
        }
        Ok(Self {
            version,
            architecture,
            sections: u16_at(header, 12).into(),
            ticks_per_quarter: u16_at(header, 14),
            vocabulary: Fingerprint(u64::from_le_bytes(array_at(header, 24))),
            vocab_len: vocab_len as usize,
            widths,
            normal,
        })
    }

    /// Checks that the image was trained on this vocabulary.
    pub(super) fn speaks(&self, vocabulary: Fingerprint) -> Result<(), OpenError> {
        let image = self.vocabulary;
        if image == vocabulary {
            return Ok(());
        }
        Err(OpenError::Vocabulary { image, program: vocabulary })
    }
}

/// Widths from the bottom up, then zeros.
fn widths(header: &[u8; HEADER_LEN]) -> Result<[Option<NonZeroUsize>; MAX_LAYERS], Malformed> {
    let mut widths = [None; MAX_LAYERS];
    let mut ended = false;
    for (layer, width) in widths.iter_mut().enumerate() {
        let offset = 36 + 2 * layer;
        let value = u16_at(header, offset);
        *width = NonZeroUsize::new(value.into());
        let gap = ended && width.is_some();
        ended = width.is_none();
        if gap || (layer == 0 && ended) {
            return Err(Malformed::Field { offset, value: value.into() });
        }
    }
    Ok(widths)
}

fn array_at<const N: usize>(header: &[u8; HEADER_LEN], offset: usize) -> [u8; N] {
    array::from_fn(|index| header[offset + index])
}

fn u16_at(header: &[u8; HEADER_LEN], offset: usize) -> u16 {
    u16::from_le_bytes(array_at(header, offset))
}

fn u32_at(header: &[u8; HEADER_LEN], offset: usize) -> u32 {
    u32::from_le_bytes(array_at(header, offset))
}
