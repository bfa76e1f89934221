//! The real-time law, on the shipped model and the whole chain: composing, the ring, the callback.

use std::sync::Arc;

use musigan::audio::{Controls, Feed, Line, line};
use musigan::model::ModelFile;
use musigan::music::{Listener, Marker, Music};
use musigan_engine::composer::{Opening, Settings};
use musigan_engine::generator::Generator;
use musigan_guard::{Guard, touches};
use musigan_synth::TimedAction;

#[global_allocator]
static ALLOCATOR: Guard = Guard;

/// Pushes into the ring and counts what does not fit.
struct Ring {
    feed: Feed,
    refused: usize,
}

impl Listener for Ring {
    fn action(&mut self, action: TimedAction) {
        self.refused += usize::from(self.feed.push(action).is_err());
    }

    fn marker(&mut self, _: u64, _: Marker) {}
}

#[test]
fn composing_and_the_callback_leave_the_heap_alone() {
    let file = ModelFile::find(None).unwrap();
    let model = file.open().unwrap();
    let (mut state, mut logits) = (vec![0.0; model.state_len()], vec![0.0; model.vocab_len()]);
    let settings = Settings { max_bars: 12, ..Settings::default() };
    let mut music = Music::new(&model, &mut state, &mut logits, settings, Opening::default(), 3);
    let Line { feed, mut speaker, .. } = line(48_000, &Arc::new(Controls::default()));
    let mut ring = Ring { feed, refused: 0 };
    let (mut floats, mut integers, mut mono) = ([0.0_f32; 2 * 441], [0_i16; 2 * 1024], [0_i32; 64]);
    let mut callbacks = 0;
    let touched = touches(|| {
        while music.pieces() < 2 {
            while ring.feed.ahead() < 250_000 && music.pieces() < 2 {
                music.advance(&mut ring);
                ring.feed.composed(music.composed());
            }
            speaker.fill(&mut floats, 2);
            speaker.fill(&mut integers, 2);
            speaker.fill(&mut mono, 1);
            callbacks += 3;
        }
    });
    assert_eq!(touched, 0);
    assert_eq!(ring.refused, 0);
    assert!(callbacks > 1000, "{callbacks}");
}

#[test]
fn a_late_composer_is_counted_and_waited_for() {
    let Line { mut feed, mut speaker, .. } = line(48_000, &Arc::new(Controls::default()));
    let mut frames = [0.0_f32; 2 * 6400];
    let touched = touches(|| speaker.fill(&mut frames, 2));
    let stats = speaker.stats();
    let read =
        |count: &std::sync::atomic::AtomicU64| count.load(std::sync::atomic::Ordering::Relaxed);
    assert_eq!(
        (touched, read(&stats.starved), read(&stats.tick), read(&stats.frames)),
        (0, 100, 0, 6400)
    );
    feed.composed(1000);
    speaker.fill(&mut frames, 2);
    // 6400 frames at 120 quarters a minute are 6.4 ticks.
    assert_eq!((read(&speaker.stats().starved), read(&speaker.stats().tick)), (100, 6));
}

#[test]
fn a_keyboard_s_callback_leaves_the_heap_alone() {
    let controls = Arc::new(Controls::default());
    let Line { feed, keys, mut speaker } = line(48_000, &controls);
    let (mut hands, mut wrist) = musigan::live::hands(Some(keys), Arc::clone(feed.stats()), [21]);
    let mut frames = [0.0_f32; 128];
    let now = std::time::Instant::now();
    let touched = touches(|| {
        for n in 0..20_000_u32 {
            let key = (n * 5 % 128) as u8;
            for message in [&[0x90, key, 90][..], &[0x80, key, 0], &[0xB0, 21, key], &[0xF8]] {
                hands.receive(message, now);
            }
            // At first nobody takes what was heard: the ring is full, and nothing waits for it.
            while n > 10_000 && wrist.heard.pop().is_ok() {}
            if n % 4 == 0 {
                speaker.fill(&mut frames, 2);
            }
        }
    });
    assert_eq!(touched, 0);
}
