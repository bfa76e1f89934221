//! Whatever bytes come, ingest neither panics nor makes a sentence that is none.

use std::time::{Duration, Instant};

use musigan_score::Token;
use musigan_score::events::{Decoder, Event, kind};
use musigan_train::corpus::{Fault, Options, TokenPiece, Told, augment, pieces};
use proptest::prelude::*;

const SEEDS: [&[u8]; 11] = [
    include_bytes!("fixtures/midi/container.mid"),
    include_bytes!("fixtures/midi/deltas.mid"),
    include_bytes!("fixtures/midi/hanging.mid"),
    include_bytes!("fixtures/midi/pedal.mid"),
    include_bytes!("fixtures/midi/programs.mid"),
    include_bytes!("fixtures/midi/restrike.mid"),
    include_bytes!("fixtures/midi/running_status.mid"),
    include_bytes!("fixtures/midi/smpte.mid"),
    include_bytes!("fixtures/midi/type0.mid"),
    include_bytes!("fixtures/midi/type1.mid"),
    include_bytes!("fixtures/midi/type2.mid"),
];

/// The grammar allows every token of the sentence, and it says as many notes as it promises.
fn is_sentence(tokens: &[u16], notes: u32) -> Result<(), TestCaseError> {
    let (mut decoder, mut said, mut ended) = (Decoder::new(), 0, false);
    for (at, &token) in tokens.iter().enumerate() {
        prop_assert!(decoder.allows(Token(token)), "token {at}, {token}, is not allowed");
        match decoder.push(Token(token)) {
            Some(Event::Note(_)) => said += 1,
            Some(Event::End(_)) => ended = true,
            _ => {}
        }
    }
    prop_assert_eq!(said, notes);
    prop_assert!(ended);
    Ok(())
}

fn check(file: &[u8]) -> Result<(), TestCaseError> {
    let pieces = match pieces("mutant.mid", file, &Options::default()) {
        Ok(pieces) => pieces,
        Err(fault) => {
            prop_assert!(!matches!(fault, Fault::Encode(_)), "{fault}");
            return Ok(());
        }
    };
    for (piece, facts) in pieces {
        is_sentence(&piece.tokens, piece.notes)?;
        is_sentence(&piece.plain(), piece.notes)?;
        is_sentence(&augment(&piece, 7), piece.notes)?;
        prop_assert_eq!(facts.notes, u64::from(piece.notes));
        prop_assert!(facts.seconds >= 0.0 && facts.seconds.is_finite());
        // Silence is cut, so a few bytes cannot make endless tokens.
        prop_assert!(piece.tokens.len() <= 64 + 40 * file.len());
    }
    Ok(())
}

/// A change to a file: what, where, with what.
type Mutation = (u8, prop::sample::Index, u8);

fn mutate(file: &mut Vec<u8>, (what, at, byte): &Mutation) {
    if file.is_empty() {
        return;
    }
    let at = at.index(file.len());
    match what % 5 {
        0 => file[at] = *byte,
        1 => file[at] ^= 1 << (byte % 8),
        2 => file.insert(at, *byte),
        3 => {
            file.remove(at);
        }
        _ => file.truncate(at),
    }
}

/// The container as it should be around mutated events: else most mutants fail at the door.
fn mended(mut file: Vec<u8>) -> Vec<u8> {
    if let Some(length) = file.len().checked_sub(22).filter(|_| file.starts_with(b"MThd")) {
        file[18..22].copy_from_slice(&(length as u32).to_be_bytes());
        (file[10], file[11]) = (0, 1);
    }
    file
}

/// A file of one track for each of `tracks`.
fn file(tracks: impl ExactSizeIterator<Item = Vec<u8>>) -> Vec<u8> {
    let count = u16::try_from(tracks.len()).expect("a number of tracks");
    let mut file = [b"MThd\0\0\0\x06\0\x01", &count.to_be_bytes()[..], b"\0\x60"].concat();
    for track in tracks {
        file.extend(b"MTrk");
        file.extend((track.len() as u32).to_be_bytes());
        file.extend(track);
    }
    file
}

/// Millions of years, or as many tracks as a header can say: the work and the tokens are those of the
/// notes, and soon done.
#[test]
fn the_longest_deltas_and_the_most_tracks_are_read_soon() {
    let begun = Instant::now();
    let longest = [0xff, 0xff, 0xff, 0x7f];
    let note = |key: u8, delta: &[u8]| [delta, &[0x90, key, 80], delta, &[0x80, key, 0]].concat();
    let years: Vec<u8> = (0..20_000).flat_map(|i| note(36 + (i % 48) as u8, &longest)).collect();
    let apart = file([years].into_iter());
    let one_each = |i: usize| note(36 + (i % 48) as u8, &[0x20]);
    let many = file((0..0xffff).map(one_each));
    let empty = file((0..0xffff).map(|_| Vec::new()));
    let said = [&empty[..10], &[0xff, 0xff], &apart[12..]].concat();
    for (name, file) in [("apart", apart), ("many", many), ("empty", empty), ("said", said)] {
        check(&file).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(begun.elapsed() < Duration::from_secs(60), "{name}: {:?}", begun.elapsed());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_do_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        check(&bytes)?;
        let mut file = b"MThd\0\0\0\x06\0\x01\0\x01\0\x60MTrk".to_vec();
        file.extend((bytes.len() as u32).to_be_bytes());
        file.extend(bytes);
        check(&file)?;
    }

    #[test]
    fn mutants_do_no_harm(
        seed in 0..SEEDS.len(),
        mutations in prop::collection::vec((any::<u8>(), any::<prop::sample::Index>(), any::<u8>()), 1..12),
    ) {
        let mut file = SEEDS[seed].to_vec();
        for mutation in &mutations {
            mutate(&mut file, mutation);
        }
        check(&file)?;
        check(&mended(file))?;
    }

    #[test]
    fn a_variation_is_the_piece_moved(seed in 0..SEEDS.len(), semitones in -40i8..40) {
        for (piece, _) in pieces("seed.mid", SEEDS[seed], &Options::default()).unwrap() {
            let told = Told { style: true, key: true, density: true };
            let moved = piece.variation(told, semitones);
            prop_assert_eq!(moved.is_some(), piece.range.contains(&semitones));
            let Some(moved) = moved else { continue };
            for (&from, &to) in piece.tokens.iter().zip(&moved) {
                if kind::PITCH.contains(&from) {
                    prop_assert_eq!(i32::from(to) - i32::from(from), i32::from(semitones));
                } else if !kind::KEY.contains(&from) {
                    prop_assert_eq!(to, from);
                }
            }
            let there = TokenPiece { tokens: moved, ..piece.clone() };
            prop_assert_eq!(there.variation(told, -semitones), Some(piece.tokens));
        }
    }
}
