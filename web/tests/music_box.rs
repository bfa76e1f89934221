//! The box on a host: what it plays is what is rendered, and it asks the heap for nothing.

use musigan_engine::include_image;
use musigan_guard::{Guard, touches};
use musigan_music::partner::Mode;
use musigan_music::{Marker, Recording, Swing};
use musigan_score::{PartId, Program};
use musigan_synth::ChannelEvent;
use musigan_web::{Bytes, Dial, Duo, Loaded, MusicBox, Piece, Wishes};

#[global_allocator]
static ALLOCATOR: Guard = Guard;

const RATE: u32 = 48_000;
/// What an AudioWorklet renders at once.
const QUANTUM: usize = 128;

static IMAGE: &[u8] =
    include_image!(concat!(env!("CARGO_MANIFEST_DIR"), "/../models/music-box.mgi"));

fn loaded(image: &[u8]) -> &'static Loaded {
    let bytes = Box::leak(Box::new(Bytes::new(image.len())));
    bytes.bytes_mut().copy_from_slice(image);
    Box::leak(Box::new(Loaded::open(bytes)))
}

fn short() -> Wishes {
    let mut wishes = Wishes::default();
    wishes.turn(Dial::Bars, 4.0);
    wishes
}

#[test]
fn what_is_played_is_what_is_rendered() {
    let model = loaded(IMAGE).model.as_ref().unwrap();
    let mut piece = Piece::new(model, &short(), RATE, 5);
    let mut music = MusicBox::new(model, short(), RATE, 5);
    music.set_playing(true);
    let mut next = |left: &mut [f32], right: &mut [f32]| {
        // The first blocks wait for the composer.
        while !music.status().running {
            music.render(&mut [], &mut []);
        }
        music.render(left, right);
    };
    let (mut played, mut rendered) = ([[0.0; QUANTUM]; 2], [[0.0; QUANTUM]; 2]);
    let mut sounded = false;
    // The next piece follows where the rendered one dies away.
    for at in 0..3 * RATE as usize / QUANTUM {
        let [left, right] = &mut rendered;
        assert!(piece.block(left, right));
        let [left, right] = &mut played;
        next(left, right);
        assert_eq!(played, rendered, "block {at}");
        sounded |= rendered[0].iter().any(|x| x.abs() > 0.01);
    }
    assert!(sounded);
}

#[test]
fn a_piece_is_the_players() {
    let model = loaded(IMAGE).model.as_ref().unwrap();
    let Wishes { settings, opening, .. } = short();
    let recording = Recording::of_piece(model, settings, opening, Swing::STRAIGHT, 5);
    let midi = Piece::new(model, &short(), RATE, 5).midi();
    assert_eq!(Some(midi), musigan_music::smf::bytes(&recording));
    assert!(recording.markers.iter().any(|(_, marker)| matches!(marker, Marker::Note(_))));
}

#[test]
fn whatever_is_asked_nothing_is_allocated() {
    let model = loaded(IMAGE).model.as_ref().unwrap();
    let mut music = MusicBox::new(model, short(), RATE, 5);
    let part = PartId::new(0).unwrap();
    let key = ChannelEvent::from_midi(&[0x9F, 60, 100]).unwrap();
    let (mut left, mut right) = ([0.0; QUANTUM], [0.0; QUANTUM]);
    let mut seeds = Vec::with_capacity(64);
    let touched = touches(|| {
        music.set_playing(true);
        for at in 0..20 * RATE as usize / QUANTUM {
            match at {
                1_000 => music.play(9),
                1_500 => music.turn(Dial::Speed, 300.0),
                2_000 => music.cast(part, Some(Program::PIANO)),
                2_500 => music.turn(Dial::Density, 6.0),
                3_000 => music.set_playing(false),
                3_100 => music.set_playing(true),
                3_500 => music.send(key),
                4_000 => music.turn(Dial::Key, 3.0),
                4_500 => (0..50).for_each(|seed| music.play(seed)),
                _ => {}
            }
            music.render(&mut left, &mut right);
            assert!(left.iter().all(|x| x.abs() <= 1.0));
            while let Some([kind, _, seed, _]) = music.report() {
                if kind == 0 && seeds.len() < 64 {
                    seeds.push(seed);
                }
            }
        }
    });
    assert_eq!(touched, 0);
    assert_eq!(seeds[..2], [5, 9]);
    assert!(seeds.len() > 3, "pieces end and others follow: {seeds:?}");
    assert_eq!(music.status().underruns, 0);
}

#[test]
fn a_broken_model_is_a_sentence() {
    let mut broken = IMAGE.to_vec();
    broken[100_000] ^= 1;
    for (image, word) in
        [(&broken[..], "damaged"), (&IMAGE[..5_000], "bytes long"), (b"ONNX", "import")]
    {
        let loaded = loaded(image);
        assert!(loaded.model.is_err());
        assert!(loaded.text().contains(word), "{}", loaded.text());
    }
    assert!(loaded(IMAGE).text().contains("network=GRU"));
}

#[test]
fn a_partner_continues_what_was_played() {
    let model = loaded(IMAGE).model.as_ref().unwrap();
    let mut music = MusicBox::new(model, short(), RATE, 5);
    music.set_playing(true);
    let origin = music.keep_company(600_000);
    let mut duo = Duo::new(model, Mode::Continue, &Wishes::default(), Program::PIANO, origin);
    let (mut left, mut right) = ([0.0; QUANTUM], [0.0; QUANTUM]);
    let (mut said, mut answered) = (Vec::new(), 0.0_f32);
    // Four quarters, then a pause.
    for at in 0..12 * RATE as usize / QUANTUM {
        let now = music.status().tick as u64;
        let beat = now.saturating_sub(origin) / 24;
        for (status, due) in [(0x90, 4), (0x80, 20)] {
            if now == origin + 24 * beat + due && beat < 4 {
                let event = ChannelEvent::from_midi(&[status, 60 + 2 * beat as u8, 90]).unwrap();
                duo.hear(now, event);
            }
        }
        if at % 4 == 0 {
            while duo.turn(now, now + 4) {}
        }
        while let Some([tick, status, first, second]) = duo.message() {
            let event = ChannelEvent::from_midi(&[status as u8, first as u8, second as u8]);
            assert!(music.schedule(tick.into(), event.unwrap()));
            said.push((tick, status));
        }
        music.render(&mut left, &mut right);
        answered = left.iter().fold(answered, |most, x| most.max(x.abs()));
    }
    let notes = said.iter().filter(|(_, status)| *status == 0x91).count();
    assert!(notes > 3 && answered > 0.01, "{notes} notes, {answered}");
    let paused = u32::try_from(origin).unwrap() + 4 * 24 - 4;
    assert!(said.iter().all(|&(tick, status)| status & 0xF0 == 0xC0 || tick > paused));
    music.play(9);
    assert!(!music.status().running);
}
