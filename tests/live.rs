//! The player's way in and the music's way out, without ports: floods, nonsense, ports that go.

use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use musigan::audio::{Controls, Line, Speaker, line};
use musigan::live::{
    Band, BandEnds, Clock, Doing, Hands, Memory, Mode, Partner, Plan, Port, doing, hands, outlet,
};
use musigan::model::ModelFile;
use musigan_engine::composer::Settings;
use musigan_engine::generator::Model;
use musigan_score::{Instrument, Metre, Program, Tempo};
use proptest::prelude::*;

const PARTS: [Instrument; 1] = [Instrument::Program(Program::PIANO)];

struct Stand<'b, 'm> {
    band: &'b mut Band<'m, Model<'m>>,
    hands: Hands,
    speaker: Speaker,
    flooded: Arc<AtomicBool>,
}

impl Stand<'_, '_> {
    fn press(&mut self, message: &[u8]) {
        self.hands.receive(message, Instant::now());
    }

    /// The greatest magnitude of `count` frames.
    fn frames(&mut self, count: usize) -> f32 {
        let mut frames = vec![0.0_f32; 2 * count];
        self.speaker.fill(&mut frames, 2);
        frames.iter().fold(0.0, |peak, sample| peak.max(sample.abs()))
    }

    /// Plays on for this many blocks of 64 frames; the time that the band sees is that of the music.
    fn play(&mut self, blocks: u32, from: Instant) {
        for block in 0..blocks {
            self.frames(64);
            let now = from + Duration::from_micros(u64::from(block) * 1333);
            while self.band.turn(now) {}
        }
    }

    /// Whether silence comes: a harp's lowest string rings for 27 s.
    fn is_silent(&mut self) -> bool {
        for _ in 0..4000 {
            self.frames(480);
            if self.speaker.stats().silent.load(Relaxed) {
                return true;
            }
        }
        false
    }
}

fn stand(mode: Mode, work: impl FnOnce(&mut Stand<'_, '_>)) {
    stand_with(mode, Clock::Ours, work);
}

fn stand_with(mode: Mode, clock: Clock, work: impl FnOnce(&mut Stand<'_, '_>)) {
    let file = ModelFile::find(None).unwrap();
    let model = file.open().unwrap();
    let mut memory = Memory::of(&model);
    let (metre, tempo) = (Metre::COMMON, Tempo::from_bpm(120));
    let plan = Plan { mode, bars: 1, metre, tempo, style: None, key: None, parts: &PARTS };
    let partner = Partner::new(&model, &mut memory, Settings::default(), plan, 1);
    let controls = Arc::new(Controls::default());
    let Line { feed, keys, speaker } = line(48_000, &controls);
    let (hands, wrist) = hands(Some(keys), Arc::clone(feed.stats()), [21]);
    let flooded = Arc::clone(&wrist.flooded);
    let learned = vec!["21=volume".parse().unwrap()];
    let ends = BandEnds {
        feed,
        audible: true,
        midi: None,
        wrist,
        controls,
        learned,
        clock,
        tempo: 500_000,
        reports: rtrb::RingBuffer::new(16).0,
    };
    let mut band = Band::new(partner, ends);
    work(&mut Stand { band: &mut band, hands, speaker, flooded });
}

#[test]
fn a_key_sounds_in_the_next_block() {
    stand(Mode::Continue, |stand| {
        stand.frames(64);
        assert_eq!(stand.frames(64), 0.0);
        stand.press(&[0x93, 60, 100]);
        assert!(stand.frames(64) > 0.0);
    });
}

#[test]
fn a_phrase_is_taken_up_in_sound_and_ends_with_the_band() {
    stand(Mode::Continue, |stand| {
        let start = Instant::now();
        for key in [60, 62, 64, 65, 67] {
            stand.press(&[0x90, key, 90]);
            stand.play(300, start);
            stand.press(&[0x80, key, 0]);
            stand.play(60, start);
        }
        // The player's last note has died away; what sounds now is the model.
        stand.play(4000, start);
        assert!(stand.frames(48_000) > 0.001);
        stand.band.end();
        assert!(stand.is_silent(), "a key hangs");
    });
}

#[test]
fn a_flood_leaves_no_key_down() {
    stand(Mode::Accompany, |stand| {
        let (start, mut flooded) = (Instant::now(), false);
        // Three seconds of ten thousand notes a second; for one of them the callback stands still.
        for second in 0..3_u64 {
            for block in 0..750_u64 {
                for n in 0..14_u64 {
                    let key = (block * 7 + n * 5) as u8 & 127;
                    stand.press(&[0x90, key, 100]);
                    stand.press(&[0x80, key, 0]);
                }
                if second != 1 {
                    stand.frames(64);
                }
                flooded |= stand.flooded.load(Relaxed);
                stand.band.turn(start + Duration::from_micros((second * 750 + block) * 1333));
            }
        }
        assert!(flooded, "the flood was too small for this test");
        stand.play(300, start + Duration::from_secs(3));
        assert!(!stand.flooded.load(Relaxed), "it is never relieved");
        stand.band.end();
        assert!(stand.is_silent(), "a key hangs");
        // Keys work again.
        stand.press(&[0x90, 60, 100]);
        assert!(stand.frames(640) > 0.0);
    });
}

#[test]
fn a_clock_that_stops_stops_the_model() {
    stand_with(Mode::Accompany, Clock::theirs(), |stand| {
        let watched = stand.band.watch();
        let start = Instant::now();
        let mut pulse = 0;
        stand.press(&[0xFA]);
        // The band and the callback keep real time: four seconds of a clock, and half of one without.
        for block in 0..3375_u64 {
            let at = Duration::from_nanos(block * 64 * 1_000_000_000 / 48_000);
            std::thread::sleep((start + at).saturating_duration_since(Instant::now()));
            while pulse < 192 && at >= Duration::from_micros(20_833 * pulse) {
                stand.hands.receive(&[0xF8], start + Duration::from_micros(20_833 * pulse));
                if pulse % 48 == 0 {
                    stand.press(&[0x90, 60 + (pulse / 48) as u8, 90]);
                }
                pulse += 1;
            }
            stand.frames(64);
            while stand.band.turn(Instant::now()) {}
            if block == 2900 {
                assert_ne!(doing(&watched), Doing::Waiting, "it does not follow the clock");
            }
        }
        assert_eq!(doing(&watched), Doing::Waiting);
        for key in 60..64 {
            stand.press(&[0x80, key, 0]);
        }
        assert!(stand.is_silent(), "a key of the model hangs");
    });
}

#[test]
fn a_clock_that_stumbles_does_not_stop_the_model() {
    stand_with(Mode::Accompany, Clock::theirs(), |stand| {
        let watched = stand.band.watch();
        let start = Instant::now();
        let (mut pulse, mut due) = (0, Duration::ZERO);
        stand.press(&[0xFA]);
        let mut stopped = 0;
        for block in 0..4500_u64 {
            let at = Duration::from_nanos(block * 64 * 1_000_000_000 / 48_000);
            std::thread::sleep((start + at).saturating_duration_since(Instant::now()));
            while at >= due {
                stand.hands.receive(&[0xF8], start + due);
                pulse += 1;
                // After two seconds one pulse comes late, and then another one.
                let late = if pulse == 96 || pulse == 98 { 150_000 } else { 0 };
                due += Duration::from_micros(20_833 + late);
            }
            stand.frames(64);
            while stand.band.turn(Instant::now()) {}
            stopped += u32::from(block > 750 && doing(&watched) == Doing::Waiting);
        }
        assert_eq!(stopped, 0, "it stops, blocks");
    });
}

#[test]
fn a_learned_controller_turns_and_is_not_played() {
    stand(Mode::Continue, |stand| {
        stand.press(&[0xB0, 21, 0]);
        stand.play(3, Instant::now());
        stand.press(&[0x90, 60, 100]);
        assert_eq!(stand.frames(640), 0.0);
        stand.press(&[0xB0, 21, 127]);
        stand.play(3, Instant::now());
        assert!(stand.frames(640) > 0.0);
    });
}

/// Keeps what is sent; is gone as long as `gone` is set.
#[derive(Clone, Default)]
struct Kept {
    sent: Arc<Mutex<Vec<Vec<u8>>>>,
    gone: Arc<AtomicBool>,
}

impl Port for Kept {
    fn send(&mut self, message: &[u8], _: Instant) -> bool {
        self.sent.lock().unwrap().push(message.to_vec());
        !self.gone.load(Relaxed)
    }
}

impl Kept {
    fn take(&self) -> Vec<Vec<u8>> {
        std::mem::take(&mut *self.sent.lock().unwrap())
    }
}

#[test]
fn a_port_is_played_on_time_and_let_go() {
    use musigan_score::{Pitch, Velocity};
    use musigan_synth::{Action, Channel, ChannelEvent, TimedAction};

    let Line { mut feed, mut speaker, .. } = line(48_000, &Arc::new(Controls::default()));
    feed.composed(u64::MAX);
    let kept = Kept::default();
    let open = || (!kept.gone.load(Relaxed)).then(|| kept.clone());
    let (mut outlet, mut inlet) = outlet(open, Arc::clone(feed.stats()), Some(96));
    let (channel, key) = (Channel::new(2), Pitch::from_data(64));
    let on = ChannelEvent::NoteOn { channel, key, velocity: Velocity::MEZZO_FORTE };
    inlet.actions.push(TimedAction { tick: 24, action: Action::Channel(on) }).unwrap();
    // One callback tells where the music is; at 120 quarters a minute a tick lasts 20.8 ms.
    speaker.fill(&mut [0.0_f32; 128], 2);
    let start = Instant::now();
    let mut on_at = None;
    for milli in 0..1000 {
        outlet.turn(start + Duration::from_millis(milli));
        if on_at.is_none() && kept.sent.lock().unwrap().iter().any(|bytes| bytes[0] == 0x92) {
            on_at = Some(milli);
        }
    }
    assert!(on_at.is_some_and(|at| (495..=501).contains(&at)), "{on_at:?}");
    let sent = kept.take();
    assert_eq!(sent[0], [0xFA]);
    let clocks = sent.iter().filter(|bytes| bytes[0] == 0xF8).count();
    assert!((47..=49).contains(&clocks), "{clocks}");

    // The port goes while the key is down, and comes back.
    kept.gone.store(true, Relaxed);
    outlet.turn(start + Duration::from_millis(1050));
    outlet.turn(start + Duration::from_millis(1100));
    kept.gone.store(false, Relaxed);
    kept.take();
    outlet.turn(Instant::now() + Duration::from_secs(3));
    assert!(kept.take().contains(&vec![0x82, 64, 64]), "the key hangs at the port");
    outlet.close();
    let sent = kept.take();
    assert_eq!(sent.last(), Some(&vec![0xFC]));
    assert!(sent.contains(&vec![0xB2, 123, 0]));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]
    #[test]
    fn nonsense_from_a_port_is_survived(
        messages in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..300),
    ) {
        stand(Mode::Answer, |stand| {
            for message in &messages {
                stand.press(message);
                stand.play(1, Instant::now());
            }
            stand.band.end();
            assert!(stand.is_silent(), "a key hangs");
        });
    }
}

/// How regular the clock is that we send, in real time, at the call that sends it:
/// `cargo test --test live -- --ignored --nocapture clock`.
#[test]
#[ignore = "takes half a minute and wants a quiet machine"]
fn the_clock_that_is_sent_is_regular() {
    let Line { mut feed, mut speaker, .. } = line(48_000, &Arc::new(Controls::default()));
    feed.composed(u64::MAX);
    let times = Arc::new(Mutex::new(Vec::new()));
    struct Times(Arc<Mutex<Vec<Instant>>>);
    impl Port for Times {
        fn send(&mut self, message: &[u8], _: Instant) -> bool {
            if message == [0xF8] {
                self.0.lock().unwrap().push(Instant::now());
            }
            true
        }
    }
    let stats = Arc::clone(feed.stats());
    let (outlet, _inlet) = outlet(|| Some(Times(Arc::clone(&times))), stats, Some(96));
    let stop = AtomicBool::new(false);
    std::thread::scope(|threads| {
        threads.spawn(|| outlet.run(&stop));
        let start = Instant::now();
        for callback in 0..5625_u64 {
            speaker.fill(&mut [0.0_f32; 512], 2);
            let next = start + Duration::from_nanos((callback + 1) * 256 * 1_000_000_000 / 48_000);
            std::thread::sleep(next.saturating_duration_since(Instant::now()));
        }
        stop.store(true, Relaxed);
    });
    let times = times.lock().unwrap();
    // The first two seconds are for the loop to settle.
    let seconds: Vec<f64> = times[96..].iter().map(|t| (*t - times[96]).as_secs_f64()).collect();
    let n = seconds.len() as f64;
    let (mean_x, mean_y) = ((n - 1.0) / 2.0, seconds.iter().sum::<f64>() / n);
    let (mut xy, mut xx) = (0.0, 0.0);
    for (index, y) in seconds.iter().enumerate() {
        let x = index as f64 - mean_x;
        (xy, xx) = (xy + x * (y - mean_y), xx + x * x);
    }
    let off = |(index, y): (usize, &f64)| (y - mean_y - xy / xx * (index as f64 - mean_x)).abs();
    let mut off: Vec<f64> = seconds.iter().enumerate().map(off).collect();
    off.sort_by(f64::total_cmp);
    let at = |share: f64| 1000.0 * off[((n - 1.0) * share) as usize];
    println!("median {:.3} ms, p99 {:.3} ms, worst {:.3} ms of {n}", at(0.5), at(0.99), at(1.0));
    assert!(at(0.99) <= 1.0);
}
