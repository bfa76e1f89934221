//! What `Image::open` accepts and refuses.

mod common;

use common::writer::seal;
use common::{Aligned, VOCABULARY, network, network_on};
use musigan_engine::generator::{Fixed, Gru, Int8};
use musigan_engine::image::{Architecture, Malformed, Unsupported, Weights};
use musigan_engine::passages::Passages;
use musigan_engine::{Generator, Image, Model, OpenError};
use musigan_score::Fingerprint;
use proptest::prelude::*;

fn tiny() -> Vec<u8> {
    network(Architecture::Lstm, 40, &[12, 5], 1).to_image(Weights::F32)
}

fn open(bytes: &[u8]) -> Result<(), OpenError> {
    Image::open(Aligned::new(bytes).bytes()).map(|_| ())
}

/// Changes the bytes and writes the checksum that makes them an intact image again.
fn sealed(change: impl FnOnce(&mut Vec<u8>)) -> Result<(), OpenError> {
    resealed(tiny(), change)
}

fn resealed(mut image: Vec<u8>, change: impl FnOnce(&mut Vec<u8>)) -> Result<(), OpenError> {
    change(&mut image);
    seal(&mut image);
    open(&image)
}

/// `MUSIGAN_UPDATE=1 cargo test -p musigan-engine` writes the file anew.
#[test]
fn the_format_has_not_changed() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/tiny.mgi");
    if std::env::var_os("MUSIGAN_UPDATE").is_some() {
        std::fs::write(path, tiny()).unwrap();
    }
    assert!(std::fs::read(path).unwrap() == tiny(), "the format changed without its version");
}

#[test]
fn an_image_tells_what_it_is() {
    let bytes = Aligned::new(&tiny());
    let image = Image::open(bytes.bytes()).unwrap();
    assert_eq!(image.architecture(), Architecture::Lstm);
    assert_eq!(image.vocabulary(), VOCABULARY);
    assert_eq!(image.ticks_per_quarter(), 24);
    assert_eq!(image.widths().collect::<Vec<_>>(), [12, 5]);
    assert_eq!(image.about(), "corpus=none\n");
    let model = image.model();
    assert_eq!(model.vocab_len(), 40);
    assert_eq!(model.state_len(), 16 + 2 * 16 + 2 * 16 + 1);
    assert_eq!(model.macs_per_step(), 64 * (12 + 17 + 5));
}

#[test]
fn another_vocabulary_is_refused_by_name() {
    let bytes = Aligned::new(&tiny());
    let program = Fingerprint(0xfeed);
    let error = Model::open(bytes.bytes(), program).unwrap_err();
    assert_eq!(error, OpenError::Vocabulary { image: VOCABULARY, program });
    let message = error.to_string();
    assert!(message.contains("0123456789abcdef") && message.contains("000000000000feed"));
}

#[test]
fn every_flipped_byte_is_refused() {
    let image = tiny();
    let mut changed = Aligned::new(&image);
    for at in 0..image.len() {
        for flip in [0x01, 0x80, 0xff] {
            changed.bytes_mut()[at] ^= flip;
            assert!(Image::open(changed.bytes()).is_err(), "byte {at} ^ {flip:02x}");
            changed.bytes_mut()[at] ^= flip;
        }
    }
    assert!(Image::open(changed.bytes()).is_ok());
}

#[test]
fn every_other_length_is_refused() {
    let image = tiny();
    for len in 0..image.len() {
        let error = open(&image[..len]).unwrap_err();
        let expected = if len < 8 { Malformed::NotAnImage } else { length(len, &image) };
        assert_eq!(error, OpenError::Malformed(expected));
    }
    let mut longer = image.clone();
    longer.push(0);
    assert_eq!(open(&longer).unwrap_err(), length(longer.len(), &image).into());
}

fn length(found: usize, image: &[u8]) -> Malformed {
    let expected = if found < 64 { 64 } else { image.len() as u64 };
    Malformed::Length { expected, found: found as u64 }
}

#[test]
fn what_is_new_is_unsupported() {
    let cases: [(usize, u8, Unsupported); 11] = [
        (8, 9, Unsupported::Version(9)),
        (10, 9, Unsupported::Architecture(9)),
        (64, 77, Unsupported::Section(77)),
        (68, 3, Unsupported::Element(3)),
        // f16, which version 1 does not know.
        (68, 2, Unsupported::Element(2)),
        // bf16, which version 7 brought.
        (68, 4, Unsupported::Element(4)),
        // An embedding, which only version 3 knows.
        (64, 8, Unsupported::Section(8)),
        // What is heard of others, generators that are linked: only version 5 knows them.
        (64, 14, Unsupported::Section(14)),
        (64, 16, Unsupported::Section(16)),
        (10, 4, Unsupported::Architecture(4)),
        // Passages, which version 8 brought.
        (64, 17, Unsupported::Section(17)),
    ];
    for (at, value, expected) in cases {
        assert_eq!(sealed(|image| image[at] = value), Err(expected.into()), "byte {at}");
    }
}

#[test]
fn what_is_impossible_is_malformed() {
    let field = |offset, value| Err(Malformed::Field { offset, value }.into());
    assert_eq!(sealed(|image| image[32] = 0), field(32, 0));
    assert_eq!(sealed(|image| image[34] = 2), field(32, 0x2_0028));
    assert_eq!(sealed(|image| image[36] = 0), field(36, 0));
    assert_eq!(sealed(|image| image[40..44].copy_from_slice(&[0, 0, 5, 0])), field(42, 5));
    assert_eq!(sealed(|image| image[63] = 4), field(63, 4));
    assert_eq!(sealed(|image| image[12..14].fill(0xff)), field(12, 0xffff));
    assert_eq!(sealed(|image| image[70] = 1), field(70, 1));
    assert_eq!(sealed(|image| image[72] += 1), field(72, 0x101 - 0x40));
    assert_eq!(sealed(|image| image[79] = 0x7f), Err(too_long()));
    let missing = Malformed::MissingSection { kind: 1, index: 1 };
    assert_eq!(sealed(|image| image[98] = 6), Err(missing.into()));
    let not_finite = Malformed::Number { kind: 1, index: 0 };
    let nan = f32::NAN.to_le_bytes();
    assert_eq!(sealed(|image| image[192..196].copy_from_slice(&nan)), Err(not_finite.into()));
    let size = sealed(|image| image[36] = 13).unwrap_err();
    assert!(matches!(size, OpenError::Malformed(Malformed::SectionLength { kind: 2, .. })));
    let text = sealed(|image| *image.last_mut().unwrap() = 0xff).unwrap_err();
    assert_eq!(text, Malformed::Text { valid: 11 }.into());
}

/// Where a section of an image begins.
fn place(image: &[u8], kind: u16) -> usize {
    let entries = image[64..].chunks_exact(16);
    let entry = entries.into_iter().find(|entry| entry[..2] == kind.to_le_bytes()).unwrap();
    u32::from_le_bytes(entry[8..12].try_into().unwrap()) as usize
}

#[test]
fn coarse_weights_are_checked() {
    let network = network(Architecture::Gru, 40, &[12, 5], 1);
    let number = |kind| Err(Malformed::Number { kind, index: 0 }.into());
    let half = network.to_image(Weights::Bf16);
    let (table, weights) = (place(&half, 1), place(&half, 2));
    assert_eq!(open(&half), Ok(()));
    assert_eq!(resealed(half.clone(), |image| image[table + 1] = 0x7c), number(1));
    assert_eq!(
        resealed(half.clone(), |image| image[weights..weights + 2].copy_from_slice(&[0x80, 0xff])),
        number(2)
    );
    let int8 = network.to_image(Weights::Int8);
    let (weights, scales) = (place(&int8, 2), place(&int8, 6));
    assert_eq!(open(&int8), Ok(()));
    assert_eq!(resealed(int8.clone(), |image| image[weights] = 0x80), number(2));
    let nan = f32::NAN.to_le_bytes();
    assert_eq!(
        resealed(int8.clone(), |image| image[scales..scales + 4].copy_from_slice(&nan)),
        number(6)
    );
    // The head of another element than the layers.
    let mixed = resealed(int8, |image| {
        let head = (64..).step_by(16).find(|&at| image[at] == 4).unwrap();
        image[head + 4] = 2;
    });
    assert_eq!(mixed, Err(Unsupported::Element(2).into()));
}

#[test]
fn embeddings_are_checked() {
    let network = network_on(Some(20), Architecture::Gru, 40, &[12, 5], 1);
    let number = |kind| Err(Malformed::Number { kind, index: 0 }.into());
    let nan = f32::NAN.to_le_bytes();
    let single = network.to_image(Weights::F32);
    assert_eq!(single[8], 3, "the least version that knows it");
    let table = place(&single, 8);
    assert_eq!(open(&single), Ok(()));
    assert_eq!(resealed(single, |image| image[table..table + 4].copy_from_slice(&nan)), number(8));
    let int8 = network.to_image(Weights::Int8);
    let (table, scales) = (place(&int8, 8), place(&int8, 9));
    assert_eq!(open(&int8), Ok(()));
    assert_eq!(resealed(int8.clone(), |image| image[table] = 0x80), number(8));
    assert_eq!(
        resealed(int8.clone(), |image| image[scales..scales + 4].copy_from_slice(&nan)),
        number(9)
    );
    // Rows that are too short to be any, and rows that the first layer does not expect.
    let entry = (64..).step_by(16).find(|&at| int8[at] == 8).unwrap();
    for len in [40 * 16 - 1, 40 * 16_u32] {
        let cut = resealed(int8.clone(), |image| {
            image[entry + 12..entry + 16].copy_from_slice(&len.to_le_bytes());
        });
        assert!(matches!(cut, Err(OpenError::Malformed(Malformed::SectionLength { .. }))));
    }
}

#[test]
fn only_layers_that_are_there_are_normalised_and_only_from_version_6_on() {
    let mut network = network(Architecture::Gru, 40, &[12, 5], 1);
    network.normal = 0b10;
    let image = network.to_image(Weights::Int8);
    assert_eq!(image[8], 6, "the least version that knows it");
    assert_eq!(open(&image), Ok(()));
    let field = |value| Err(Malformed::Field { offset: 44, value }.into());
    assert_eq!(resealed(image.clone(), |image| image[8] = 5), field(2));
    assert_eq!(resealed(image.clone(), |image| image[44] = 4), field(4));
    assert_eq!(resealed(image.clone(), |image| image[44] = 0x12), field(0x12));
    assert_eq!(resealed(image, |image| image[44] = 3), Ok(()));
}

#[test]
fn passages_are_checked() {
    let mut network = network(Architecture::Gru, 40, &[12, 5], 1);
    let bits = [0x5a; 21];
    let set = Passages::new(4, 6, &bits).unwrap();
    network.passages = Some([&set.head(), &bits[..]].concat());
    let image = network.to_image(Weights::Int8);
    assert_eq!(image[8], 8, "the least version that knows them");
    let aligned = Aligned::new(&image);
    let model = Image::open(aligned.bytes()).unwrap().model();
    assert_eq!(model.passages(), Some(set));
    let fixed = Fixed::<Gru, Int8>::open(aligned.bytes(), VOCABULARY).unwrap();
    assert_eq!(fixed.passages(), Some(set));
    assert_eq!(resealed(image.clone(), |image| image[8] = 7), Err(Unsupported::Section(17).into()));
    let at = place(&image, 17);
    let refused = Err(Malformed::Passages { bytes: 29 }.into());
    // The magic, notes, probes, and what is zero.
    for (byte, value) in [(0, 0), (4, 1), (4, 9), (5, 0), (5, 17), (6, 1), (7, 1)] {
        let changed = resealed(image.clone(), |image| image[at + byte] = value);
        assert_eq!(changed, refused, "byte {byte} is {value}");
    }
    let entry = (64..).step_by(16).find(|&at| image[at] == 17).unwrap();
    let empty = resealed(image, |image| image[entry + 12] = 8);
    assert_eq!(empty, Err(Malformed::Passages { bytes: 8 }.into()));
}

fn too_long() -> OpenError {
    let value = u64::from(u32::from_le_bytes(tiny()[76..80].try_into().unwrap()) | 0x7f00_0000);
    Malformed::Field { offset: 76, value }.into()
}

#[test]
fn an_odd_address_is_refused() {
    let image = tiny();
    let aligned = Aligned::new(&[&[0][..], &image].concat());
    let error = Image::open(&aligned.bytes()[1..]).unwrap_err();
    assert_eq!(error, OpenError::Misaligned { address_mod_64: 1 });
}

proptest! {
    #[test]
    fn random_bytes_do_not_panic(bytes in prop::collection::vec(any::<u8>(), 0..4096)) {
        prop_assert!(open(&bytes).is_err());
    }

    #[test]
    fn random_changes_under_an_intact_checksum_do_not_panic(
        changes in prop::collection::vec((0_usize..320, any::<u8>()), 1..6),
        apart in prop::option::of(Just(7)),
        weights in prop::sample::select(&Weights::ALL[..]),
    ) {
        let mut image = network_on(apart, Architecture::Lstm, 40, &[12, 5], 1).to_image(weights);
        for (at, value) in changes {
            image[at] = value;
        }
        seal(&mut image);
        let aligned = Aligned::new(&image);
        if let Ok(image) = Image::open(aligned.bytes()) {
            let model = image.model();
            let mut state = vec![0.0; model.state_len()];
            let mut logits = vec![0.0; model.vocab_len()];
            model.step(&mut state, musigan_score::Token(1), &mut logits);
        }
    }
}
