//! From sections to generators that are linked, each an image of its own.

use musigan_score::link::MAX_LINKED;

use super::header::{Architecture, Header};
use super::sections::{Kind, Sections};
use super::{Image, Malformed, OpenError, Unsupported};
use crate::generator::linked::{Linked, Member};
use crate::generator::{Bars, Generator, Model};

/// The generators of an image: from one on, without a gap.
pub(super) fn linked<'a>(
    header: &Header,
    sections: &Sections<'a>,
) -> Result<Linked<'a>, OpenError> {
    let mut members = [None; MAX_LINKED];
    for (index, slot) in (0_u16..).zip(&mut members) {
        let Some(bytes) = sections.bytes(Kind::Member, index) else { break };
        let member = Header::read(bytes)?;
        member.speaks(header.vocabulary)?;
        // An image in an image in an image would be a depth without a bound.
        let member = match member.architecture {
            Architecture::Lstm | Architecture::Gru | Architecture::Gan => {
                Image::open(bytes)?.model()
            }
            other => return Err(Unsupported::Architecture(other.code()).into()),
        };
        if member.vocab_len() != header.vocab_len {
            let value = member.vocab_len() as u64;
            return Err(Malformed::Field { offset: 32, value }.into());
        }
        *slot = match member {
            Model::Lstm(member) => Some(Member::Lstm(member)),
            Model::Gru(member) => Some(Member::Gru(member)),
            Model::Gan(member) => Some(Member::Gan(Bars { own: Some(index as u8), ..member })),
            Model::Linked(_) => None,
        };
    }
    let kind = Kind::Member as u16;
    let missing = Malformed::MissingSection { kind, index: 0 };
    Linked::new(header.vocab_len, members).ok_or_else(|| missing.into())
}
