//! What a note costs on the shipped model: one step of the engine, one token composed, one note
//! composed, one note from the model to the sound, and one block of sound.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use musigan::model::ModelFile;
use musigan::music::{Listener, Marker, Music, Recording, Swing};
use musigan_engine::composer::{Composer, Opening, Settings};
use musigan_engine::generator::Generator;
use musigan_score::events::Event;
use musigan_score::{TICKS_PER_QUARTER, Token};
use musigan_synth::{Action, ChannelEvent, Config, Player, TimedAction};

fn compose(criterion: &mut Criterion) {
    let file = ModelFile::find(None).expect("the bundled model");
    let model = file.open().expect("the bundled model");
    let (mut state, mut logits) = (vec![0.0; model.state_len()], vec![0.0; model.vocab_len()]);

    criterion.bench_function("step", |bencher| {
        model.reset(&mut state);
        let mut token = 0;
        bencher.iter(|| {
            token = (token + 37) % model.vocab_len() as u16;
            model.step(&mut state, Token(token), black_box(&mut logits));
        });
    });

    let path = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/models/music-box.mgi"));
    criterion.bench_function("image mapped and proven, first step", |bencher| {
        bencher.iter(|| {
            let file = ModelFile::find(Some(path)).expect("the bundled model");
            let model = file.open().expect("the bundled model");
            model.reset(&mut state);
            model.step(&mut state, Token(1), black_box(&mut logits));
        });
    });

    let settings = Settings { max_bars: 64, ..Settings::default() };
    let mut composer =
        Composer::new(&model, &mut state, &mut logits, settings, Opening::default(), 1);
    criterion.bench_function("token", |bencher| bencher.iter(|| black_box(composer.step())));
    criterion.bench_function("note", |bencher| {
        bencher.iter_custom(|notes| {
            let (began, mut heard) = (Instant::now(), 0);
            while heard < notes {
                heard += u64::from(matches!(composer.step(), Some(Event::Note(_))));
            }
            began.elapsed()
        });
    });
}

fn block(criterion: &mut Criterion) {
    let file = ModelFile::find(None).expect("the bundled model");
    let model = file.open().expect("the bundled model");
    let settings = Settings { min_bars: 16, max_bars: 16, ..Settings::default() };
    let recording = Recording::of_piece(&model, settings, Opening::default(), Swing::STRAIGHT, 1);
    assert!(recording.actions.len() > 50, "there is something to play");
    criterion.bench_function("block of 64 frames at 48 kHz", |bencher| {
        bencher.iter_custom(|blocks| {
            let (mut spent, mut left) = (Duration::ZERO, blocks);
            while left > 0 {
                let mut player = Player::new(Config::default(), TICKS_PER_QUARTER);
                let mut actions = recording.actions.as_slice();
                let began = Instant::now();
                while left > 0 && !actions.is_empty() {
                    let (mut l, mut r) = ([0.0; 64], [0.0; 64]);
                    player.render(&mut actions, &mut l, &mut r);
                    black_box((l, r));
                    left -= 1;
                }
                spent += began.elapsed();
            }
            spent
        });
    });
}

/// Plays what it hears at once.
struct Hands {
    player: Player,
    down: u64,
}

impl Hands {
    fn block(&mut self) {
        let (mut l, mut r) = ([0.0; 64], [0.0; 64]);
        self.player.render(&mut [].as_slice(), &mut l, &mut r);
        black_box((l, r));
    }
}

impl Listener for Hands {
    fn action(&mut self, action: TimedAction) {
        if let Action::Channel(event) = action.action {
            self.down += u64::from(matches!(event, ChannelEvent::NoteOn { .. }));
            self.player.send(event);
        }
    }

    fn marker(&mut self, _: u64, _: Marker) {}
}

/// Blocks between two notes: 43 ms.
const BETWEEN: usize = 32;

/// A note is composed, arranged and played, and the block is rendered that it begins in; not counted is what
/// sounds until the next one.
fn end_to_end(criterion: &mut Criterion) {
    let file = ModelFile::find(None).expect("the bundled model");
    let model = file.open().expect("the bundled model");
    let (mut state, mut logits) = (vec![0.0; model.state_len()], vec![0.0; model.vocab_len()]);
    let settings = Settings { max_bars: 64, ..Settings::default() };
    let mut music = Music::new(&model, &mut state, &mut logits, settings, Opening::default(), 1);
    let mut hands = Hands { player: Player::new(Config::default(), TICKS_PER_QUARTER), down: 0 };
    criterion.bench_function("note, from the model to its first block of sound", |bencher| {
        bencher.iter_custom(|notes| {
            let mut spent = Duration::ZERO;
            for _ in 0..notes {
                let (began, before) = (Instant::now(), hands.down);
                while hands.down == before {
                    music.advance(&mut hands);
                }
                hands.block();
                spent += began.elapsed();
                (0..BETWEEN).for_each(|_| hands.block());
            }
            spent
        });
    });
}

criterion_group!(benches, compose, block);
// Most of its time is what is not counted.
criterion_group! {
    name = sounding;
    config = Criterion::default().measurement_time(Duration::from_secs(1));
    targets = end_to_end
}
criterion_main!(benches, sounding);
