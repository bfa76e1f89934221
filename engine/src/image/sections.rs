//! The section table and what it points to.

use zerocopy::FromBytes;

use super::header::HEADER_LEN;
use super::{Malformed, OpenError, Unsupported};
use crate::kernel::storage::Plain;
use crate::passages::Passages;

const ENTRY_LEN: usize = 16;
const ALIGNMENT: usize = 64;

/// What a section holds; IMAGE.md says how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub(super) enum Kind {
    LayerStart = 1,
    LayerWeights = 2,
    HeadStart = 3,
    HeadWeights = 4,
    About = 5,
    LayerScales = 6,
    HeadScales = 7,
    Embedding = 8,
    EmbeddingScales = 9,
    BarSizes = 10,
    DenseStart = 11,
    DenseWeights = 12,
    Prior = 13,
    Others = 14,
    OthersScales = 15,
    Member = 16,
    Passages = 17,
}

/// The types of element of version 1: 0 bytes, 1 f32.
const OLD_ELEMENTS: u16 = 2;
/// The kinds of version 2 end here.
const OLD_KINDS: u16 = 8;
/// The types of element of versions 2 to 6 end here.
const ELEMENTS_BEFORE_BRAIN: u16 = 4;
/// The kinds of versions 3 and 4 end here.
const UNLINKED_KINDS: u16 = 14;
/// The kinds of versions 5 to 7 end here.
const KINDS_BEFORE_PASSAGES: u16 = 17;

impl Kind {
    const ALL: [Self; 17] = [
        Self::LayerStart,
        Self::LayerWeights,
        Self::HeadStart,
        Self::HeadWeights,
        Self::About,
        Self::LayerScales,
        Self::HeadScales,
        Self::Embedding,
        Self::EmbeddingScales,
        Self::BarSizes,
        Self::DenseStart,
        Self::DenseWeights,
        Self::Prior,
        Self::Others,
        Self::OthersScales,
        Self::Member,
        Self::Passages,
    ];

    /// Whether sections of this kind may hold elements of this type.
    fn holds(self, element: u16) -> bool {
        match self {
            Self::About | Self::BarSizes | Self::Member | Self::Passages => element == 0,
            Self::HeadStart
            | Self::LayerScales
            | Self::HeadScales
            | Self::EmbeddingScales
            | Self::DenseStart
            | Self::DenseWeights
            | Self::Prior
            | Self::OthersScales => element == f32::CODE,
            Self::Embedding | Self::Others => [f32::CODE, i8::CODE].contains(&element),
            Self::LayerStart => [f32::CODE, Half::CODE].contains(&element),
            Self::LayerWeights | Self::HeadWeights => {
                [f32::CODE, i8::CODE, Brain::CODE].contains(&element)
            }
        }
    }
}

/// What the numbers of a section are.
pub(crate) trait Element {
    /// A number, or its bits.
    type Number: Plain;
    /// Their type in the section table.
    const CODE: u16;
    /// Whether it is a number that a writer may write.
    fn sound(number: Self::Number) -> bool;
}

impl Element for f32 {
    type Number = Self;
    const CODE: u16 = 1;
    fn sound(number: Self) -> bool {
        number.is_finite()
    }
}

/// The element f16.
pub(crate) struct Half;

impl Element for Half {
    type Number = u16;
    const CODE: u16 = 2;
    fn sound(bits: u16) -> bool {
        bits & 0x7c00 != 0x7c00
    }
}

/// The element bf16, a brain floating-point number.
pub(crate) struct Brain;

impl Element for Brain {
    type Number = u16;
    const CODE: u16 = 4;
    fn sound(bits: u16) -> bool {
        bits & 0x7f80 != 0x7f80
    }
}

impl Element for i8 {
    type Number = Self;
    const CODE: u16 = 3;
    fn sound(number: Self) -> bool {
        number != Self::MIN
    }
}

struct Entry {
    kind: u16,
    index: u16,
    element: u16,
    reserved: u16,
    offset: usize,
    len: usize,
}

impl Entry {
    fn read(bytes: &[u8; ENTRY_LEN]) -> Self {
        let half = |at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]);
        let word = |at: usize| (usize::from(half(at + 2)) << 16) | usize::from(half(at));
        Self {
            kind: half(0),
            index: half(2),
            element: half(4),
            reserved: half(6),
            offset: word(8),
            len: word(12),
        }
    }
}

/// The checked section table of an image.
pub(super) struct Sections<'a> {
    bytes: &'a [u8],
    table: &'a [[u8; ENTRY_LEN]],
}

impl<'a> Sections<'a> {
    /// Checks that the sections are of kinds and elements known to the version, aligned, in
    /// ascending order, apart from each other and inside the image.
    pub(super) fn read(bytes: &'a [u8], version: u16, count: usize) -> Result<Self, OpenError> {
        let end = HEADER_LEN + count * ENTRY_LEN;
        let Some(table) = bytes.get(HEADER_LEN..end) else {
            return Err(Malformed::Field { offset: 12, value: count as u64 }.into());
        };
        let sections = Self { bytes, table: table.as_chunks().0 };
        let mut free = end;
        for (number, entry) in sections.entries().enumerate() {
            let elements = match version {
                ..2 => OLD_ELEMENTS,
                2..7 => ELEMENTS_BEFORE_BRAIN,
                _ => u16::MAX,
            };
            if entry.element >= elements {
                return Err(Unsupported::Element(entry.element).into());
            }
            let known = match version {
                ..3 => OLD_KINDS,
                3..5 => UNLINKED_KINDS,
                5..8 => KINDS_BEFORE_PASSAGES,
                _ => u16::MAX,
            };
            if entry.kind >= known {
                return Err(Unsupported::Section(entry.kind).into());
            }
            free = entry.check(HEADER_LEN + number * ENTRY_LEN, free, bytes.len())?;
        }
        Ok(sections)
    }

    fn entries(&self) -> impl Iterator<Item = Entry> + use<'a> {
        self.table.iter().map(Entry::read)
    }

    fn find(&self, kind: Kind, index: u16) -> Result<(&'a [u8], u16), Malformed> {
        let kind = kind as u16;
        self.entries()
            .find(|entry| (entry.kind, entry.index) == (kind, index))
            .and_then(|entry| {
                Some((self.bytes.get(entry.offset..)?.get(..entry.len)?, entry.element))
            })
            .ok_or(Malformed::MissingSection { kind, index })
    }

    /// The length of a section in bytes; `None` where there is none.
    pub(super) fn len(&self, kind: Kind) -> Option<usize> {
        self.find(kind, 0).ok().map(|(bytes, _)| bytes.len())
    }

    /// The type of the elements of a section.
    pub(super) fn element(&self, kind: Kind, index: u16) -> Result<u16, OpenError> {
        Ok(self.find(kind, index)?.1)
    }

    /// A section of `count` rows of sound numbers of type `E`.
    pub(super) fn numbers<T: Plain, E: Element>(
        &self,
        kind: Kind,
        index: u16,
        count: usize,
    ) -> Result<&'a [T], OpenError> {
        let (bytes, element) = self.find(kind, index)?;
        if element != E::CODE {
            return Err(Unsupported::Element(element).into());
        }
        let kind = kind as u16;
        let expected = count as u64 * size_of::<T>() as u64;
        let found = bytes.len() as u64;
        if expected != found {
            return Err(Malformed::SectionLength { kind, index, expected, found }.into());
        }
        let misaligned = OpenError::Misaligned { address_mod_64: bytes.as_ptr().addr() % 64 };
        let Ok(numbers) = <[E::Number]>::ref_from_bytes(bytes) else { return Err(misaligned) };
        // Without an early return, so that the pass over the weights is vectorised.
        if !numbers.iter().fold(true, |sound, &number| sound & E::sound(number)) {
            return Err(Malformed::Number { kind, index }.into());
        }
        <[T]>::ref_from_bytes(bytes).map_err(|_| misaligned)
    }

    /// A section of sixteen-bit numbers, one after the other.
    pub(super) fn sizes<const N: usize>(&self, kind: Kind) -> Result<[u16; N], OpenError> {
        let (bytes, _) = self.find(kind, 0)?;
        let (halves, rest) = bytes.as_chunks::<2>();
        if halves.len() != N || !rest.is_empty() {
            let (expected, found) = (2 * N as u64, bytes.len() as u64);
            let kind = kind as u16;
            return Err(Malformed::SectionLength { kind, index: 0, expected, found }.into());
        }
        Ok(core::array::from_fn(|at| u16::from_le_bytes(halves[at])))
    }

    /// The bytes of a section; `None` where there is none.
    pub(super) fn bytes(&self, kind: Kind, index: u16) -> Option<&'a [u8]> {
        self.find(kind, index).ok().map(|(bytes, _)| bytes)
    }

    /// The passages of the training music; `None` where there are none.
    pub(super) fn passages(&self) -> Result<Option<Passages<'a>>, OpenError> {
        let Some(bytes) = self.bytes(Kind::Passages, 0) else { return Ok(None) };
        Passages::read(bytes)
            .map(Some)
            .ok_or_else(|| Malformed::Passages { bytes: bytes.len() }.into())
    }

    /// A section of UTF-8, empty where there is none.
    pub(super) fn text(&self, kind: Kind) -> Result<&'a str, OpenError> {
        let (bytes, _) = self.find(kind, 0).unwrap_or_default();
        core::str::from_utf8(bytes)
            .map_err(|error| Malformed::Text { valid: error.valid_up_to() }.into())
    }
}

impl Entry {
    /// Checks the entry at byte `at`, whose section may lie between `free` and `image_len`, and
    /// gives the end of the section.
    fn check(&self, at: usize, free: usize, image_len: usize) -> Result<usize, OpenError> {
        let Some(kind) = Kind::ALL.into_iter().find(|&kind| kind as u16 == self.kind) else {
            return Err(Unsupported::Section(self.kind).into());
        };
        if !kind.holds(self.element) {
            return Err(Unsupported::Element(self.element).into());
        }
        if self.reserved != 0 {
            return Err(Malformed::Field { offset: at + 6, value: self.reserved.into() }.into());
        }
        if self.offset < free || !self.offset.is_multiple_of(ALIGNMENT) {
            return Err(Malformed::Field { offset: at + 8, value: self.offset as u64 }.into());
        }
        if self.len > image_len.saturating_sub(self.offset) {
            return Err(Malformed::Field { offset: at + 12, value: self.len as u64 }.into());
        }
        Ok(self.offset + self.len)
    }
}
