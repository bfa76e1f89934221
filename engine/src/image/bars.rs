//! From sections to a generator of bars that borrows them.

use core::num::NonZeroUsize;

use musigan_score::roll::Form;

use super::header::Header;
use super::sections::{Kind, Sections};
use super::{Malformed, OpenError};
use crate::generator::Bars;
use crate::generator::bars::{MAX_DENSE, MAX_PARTS, Network, Sizes};
use crate::kernel::Kernels;
use crate::kernel::storage::F32;
use crate::layer::dense::{Dense, OUTPUTS};

/// Numbers in the section of sizes.
const SIZES: usize = 9 + MAX_PARTS;

/// The generator of an image.
pub(super) fn bars<'a>(header: &Header, sections: &Sections<'a>) -> Result<Bars<'a>, OpenError> {
    let numbers: [u16; SIZES] = sections.sizes(Kind::BarSizes)?;
    let [parts, _, keys, shared, private, heard, memory, beat, step, ..] = numbers;
    let wrong = |at: usize| Malformed::Size { at, value: numbers[at] };
    let byte = |at: usize| u8::try_from(numbers[at]).map_err(|_| wrong(at));
    if usize::from(parts) > MAX_PARTS {
        return Err(wrong(0).into());
    }
    let form =
        Form::new(byte(0)?, byte(1)?, byte(2)?).ok_or(Malformed::Size { at: 2, value: keys })?;
    if let Some(at) = (3..9).find(|&at| numbers[at] == 0 || numbers[at] > MAX_SIZE) {
        return Err(wrong(at).into());
    }
    let trunk = header.widths[0].unwrap_or(NonZeroUsize::MIN).get();
    let [shared, private, heard, memory, beat, step] =
        [shared, private, heard, memory, beat, step].map(usize::from);
    let sizes = Sizes { form, shared, private, heard, memory, trunk, beat, step };
    let mut layers = [None; MAX_DENSE];
    for ((index, slot), [inputs, outputs, _]) in (0..).zip(&mut layers).zip(sizes.dense()) {
        let panels = outputs.div_ceil(OUTPUTS);
        let dense: Dense<'a, F32> = Dense {
            start: sections.numbers::<_, f32>(Kind::DenseStart, index, panels)?,
            weights: sections.numbers::<_, f32>(Kind::DenseWeights, index, panels * inputs)?,
            scales: &[],
            inputs: NonZeroUsize::new(inputs).unwrap_or(NonZeroUsize::MIN),
        };
        *slot = Some(dense);
    }
    Ok(Bars {
        vocab_len: header.vocab_len,
        network: Network { sizes, layers },
        prior: sections.numbers::<_, f32>(Kind::Prior, 0, header.vocab_len)?,
        programs: core::array::from_fn(|part| numbers[9 + part]),
        own: None,
        kernels: Kernels::detect(),
    })
}

/// The greatest of the sizes: no bar's cells and no layer's weights overflow with it.
const MAX_SIZE: u16 = 4096;
