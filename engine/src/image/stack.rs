//! From sections to a model that borrows them.

use core::num::NonZeroUsize;

use musigan_score::Fingerprint;
use musigan_score::link::Picture;

use super::header::Header;
use super::sections::{Brain, Element, Half, Kind, Sections};
use super::{Malformed, OpenError, Unsupported};
use crate::generator::stack::Stack;
use crate::generator::{AnyStack, MAX_LAYERS, Recurrent};
use crate::kernel::Kernels;
use crate::kernel::lanes::{LANES, TOGETHER};
use crate::kernel::storage::{Storage, Stored};
use crate::layer::dense::{Dense, OUTPUTS};
use crate::layer::embedding::Embedding;
use crate::layer::start::Start;
use crate::layer::{Cell, Recurrence, Shape};
use crate::passages::Passages;

/// The model of an image; the weights of the first layer tell how all are stored.
pub(super) fn recurrent<'a, C: Cell>(
    header: &Header,
    sections: &Sections<'a>,
) -> Result<Recurrent<'a, C>, OpenError> {
    let stack = match sections.element(Kind::LayerWeights, 0)? {
        f32::CODE => AnyStack::F32(stack(header, sections)?),
        Brain::CODE => AnyStack::Bf16(stack(header, sections)?),
        i8::CODE => AnyStack::Int8(stack(header, sections)?),
        other => return Err(Unsupported::Element(other).into()),
    };
    let passages = sections.passages()?;
    let model =
        Recurrent { vocab_len: header.vocab_len, stack, passages, kernels: Kernels::detect() };
    #[cfg(not(target_os = "none"))]
    model.warm();
    Ok(model)
}

/// What an image has that has this kind of model: tokens in the vocabulary, the model, and passages.
pub(crate) type Contents<'a, C, S> = (usize, Stack<'a, C, S>, Option<Passages<'a>>);

/// Opens an image that has this kind of model.
pub(crate) fn fixed<C: Cell, S: Stored>(
    bytes: &[u8],
    vocabulary: Fingerprint,
) -> Result<Contents<'_, C, S>, OpenError> {
    let header = Header::read(bytes)?;
    header.speaks(vocabulary)?;
    if header.architecture != C::ARCHITECTURE {
        return Err(Unsupported::Architecture(header.architecture.code()).into());
    }
    let sections = Sections::read(bytes, header.version, header.sections)?;
    let element = sections.element(Kind::LayerWeights, 0)?;
    if element != S::Element::CODE {
        return Err(Unsupported::Element(element).into());
    }
    Ok((header.vocab_len, stack(&header, &sections)?, sections.passages()?))
}

fn stack<'a, C: Cell, S: Stored>(
    header: &Header,
    sections: &Sections<'a>,
) -> Result<Stack<'a, C, S>, OpenError> {
    let mut layers = [None; MAX_LAYERS];
    let embedding = embedding::<S>(header, sections)?;
    let others = others::<S>(sections, embedding)?;
    let mut below = embedding.map(Embedding::width);
    for (index, slot) in (0_u16..).zip(&mut layers) {
        let Some(width) = header.widths[usize::from(index)] else { break };
        let shape = Shape { width, below: below.map_or(0, NonZeroUsize::get) };
        // What is below a first layer is a row of the embedding, if it has not been folded.
        let tokens = if below.is_none() { header.vocab_len } else { 1 };
        *slot = Some(layer(sections, index, tokens, shape)?);
        below = Some(width);
    }
    let inputs = below.unwrap_or(NonZeroUsize::MIN);
    let panels = header.vocab_len.div_ceil(OUTPUTS);
    let rows = panels * inputs.get().div_ceil(S::INPUTS);
    let scales =
        if S::SCALED { sections.numbers::<_, f32>(Kind::HeadScales, 0, panels)? } else { &[] };
    let head = Dense {
        start: sections.numbers::<_, f32>(Kind::HeadStart, 0, panels)?,
        weights: sections.numbers::<_, S::Element>(Kind::HeadWeights, 0, rows)?,
        scales,
        inputs,
    };
    Ok(Stack { embedding, others, layers, normal: header.normal, head })
}

/// The embedding, where it is not folded into the first layer.
fn embedding<'a, S: Storage>(
    header: &Header,
    sections: &Sections<'a>,
) -> Result<Option<Embedding<'a>>, OpenError> {
    let Some(len) = sections.len(Kind::Embedding) else { return Ok(None) };
    let (tokens, kind) = (header.vocab_len, Kind::Embedding);
    let numbers = if S::SCALED { len } else { len / size_of::<f32>() };
    let width = numbers / tokens / LANES * LANES;
    let Some(width) = NonZeroUsize::new(width) else {
        let expected = (tokens * LANES) as u64;
        let (kind, found) = (kind as u16, len as u64);
        return Err(Malformed::SectionLength { kind, index: 0, expected, found }.into());
    };
    Ok(Some(if S::SCALED {
        let rows = tokens * width.get() / TOGETHER;
        Embedding::Integers {
            rows: sections.numbers::<_, i8>(kind, 0, rows)?,
            scales: sections.numbers::<_, f32>(Kind::EmbeddingScales, 0, tokens)?,
            width,
        }
    } else {
        let rows = sections.numbers::<_, f32>(kind, 0, tokens * width.get())?;
        Embedding::Single { rows, width }
    }))
}

/// What each feature of a picture of other parts adds to an embedding, where they are heard.
fn others<'a, S: Storage>(
    sections: &Sections<'a>,
    embedding: Option<Embedding<'a>>,
) -> Result<Option<Embedding<'a>>, OpenError> {
    let kind = Kind::Others;
    if sections.len(kind).is_none() {
        return Ok(None);
    }
    let Some(width) = embedding.map(Embedding::width) else {
        return Err(Malformed::MissingSection { kind: Kind::Embedding as u16, index: 0 }.into());
    };
    let numbers = Picture::FEATURES * width.get();
    Ok(Some(if S::SCALED {
        Embedding::Integers {
            rows: sections.numbers::<_, i8>(kind, 0, numbers / TOGETHER)?,
            scales: sections.numbers::<_, f32>(Kind::OthersScales, 0, Picture::FEATURES)?,
            width,
        }
    } else {
        Embedding::Single { rows: sections.numbers::<_, f32>(kind, 0, numbers)?, width }
    }))
}

fn layer<'a, C: Cell, S: Stored>(
    sections: &Sections<'a>,
    index: u16,
    tokens: usize,
    shape: Shape,
) -> Result<Recurrence<'a, C, S>, OpenError> {
    let panels = shape.panels();
    let rows = tokens * panels;
    let start = match sections.element(Kind::LayerStart, index)? {
        Half::CODE => Start::Half(sections.numbers::<_, Half>(Kind::LayerStart, index, rows)?),
        _ => Start::Single(sections.numbers::<_, f32>(Kind::LayerStart, index, rows)?),
    };
    let (own, below) = shape.rows::<S>();
    let weights =
        sections.numbers::<_, S::Element>(Kind::LayerWeights, index, panels * (own + below))?;
    let scales = if S::SCALED {
        sections.numbers::<_, f32>(Kind::LayerScales, index, panels * shape.matrices())?
    } else {
        &[]
    };
    Ok(Recurrence { start, weights, scales, shape })
}
