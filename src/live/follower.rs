use std::f64::consts::{SQRT_2, TAU};
use std::time::{Duration, Instant};

use musigan_score::TICKS_PER_QUARTER;

use super::timeline::seconds;

/// How fast pulses are believed: at first, soon, and once they are steady, in Hz; and after how many
/// pulses.
const BANDWIDTHS: [(u32, f64); 3] = [(24, 4.0), (96, 1.0), (u32::MAX, 0.25)];

/// A clock without a pulse for so long stands still.
const STANDSTILL: Duration = Duration::from_millis(400);

/// Tempi that are followed, in µs to the quarter: 300 to 20 quarters a minute.
const TEMPI: (f64, f64) = (200_000.0, 3_000_000.0);

/// How strongly the music is pulled towards the clock: by the ticks that it is off, a second …
const PROPORTIONAL: f64 = 1.5;

/// … and by how long it has been off.
const INTEGRAL: f64 = 0.5;

/// The pull is never more than this share of the tempo, so that nobody hears it.
const MOST: f64 = 0.08;

/// Follows a MIDI clock: says what tempo the music is to have, so that its ticks fall on the clock's.
///
/// Pulses come with jitter (a whole period of the audio server, over JACK). A delay-locked loop
/// smooths them; a proportional and integral controller turns the difference between the clock and
/// the music into a tempo.
#[derive(Clone, Debug, Default)]
pub struct Follower {
    pulse: Option<Pulse>,
    /// Ticks of the music less pulses of the clock: a whole number.
    offset: Option<f64>,
    integral: f64,
    steered: Option<Instant>,
}

#[derive(Clone, Copy, Debug)]
struct Pulse {
    /// When the last pulse would have come without jitter.
    when: Instant,
    /// When it came.
    came: Instant,
    /// Seconds; 0 before the second pulse.
    period: f64,
    /// Pulses since the first.
    count: u64,
    /// Pulses since the tempo was last unknown.
    steady: u32,
    /// Pulses in a row that were far off.
    off: u32,
}

impl Follower {
    /// A pulse of the clock.
    pub fn pulse(&mut self, when: Instant) {
        let Some(pulse) = self.pulse.as_mut().filter(|pulse| when - pulse.came < STANDSTILL) else {
            let (period, count, steady, off) = (0.0, 0, 0, 0);
            self.pulse = Some(Pulse { when, came: when, period, count, steady, off });
            (self.offset, self.integral) = (None, 0.0);
            return;
        };
        pulse.came = when;
        pulse.count += 1;
        pulse.steady += 1;
        if pulse.period == 0.0 {
            (pulse.period, pulse.when) = (seconds(pulse.when, when), when);
            return;
        }
        let error = seconds(pulse.when, when) - pulse.period;
        pulse.off = if error.abs() > 0.4 * pulse.period { pulse.off + 1 } else { 0 };
        if pulse.off >= 3 {
            (pulse.steady, pulse.off) = (0, 0);
        }
        let steady = pulse.steady;
        let bandwidth = BANDWIDTHS.iter().find(|(until, _)| steady < *until);
        let omega = (TAU * bandwidth.map_or(0.25, |(_, hertz)| *hertz) * pulse.period).min(0.6);
        let step = (pulse.period + SQRT_2 * omega * error).max(0.0);
        pulse.when += Duration::from_secs_f64(step);
        pulse.period = (pulse.period + omega * omega * error).clamp(0.001, 0.2);
    }

    /// Whether the clock moves, be it unsteadily: a pulse came not long ago.
    pub fn is_moving(&self, now: Instant) -> bool {
        self.pulse.is_some_and(|pulse| now.saturating_duration_since(pulse.came) <= STANDSTILL)
    }

    /// The clock's position at `now` in pulses, the first at 0, and pulses a second; `None` before
    /// there are enough, as long as they are too unsteady to tell, or when it stands still.
    pub fn position(&self, now: Instant) -> Option<(f64, f64)> {
        let pulse = self.pulse.filter(|pulse| pulse.steady >= 3 && pulse.period > 0.0)?;
        if !self.is_moving(now) {
            return None;
        }
        let rate = 1.0 / pulse.period;
        Some((pulse.count as f64 + seconds(pulse.when, now) * rate, rate))
    }

    /// How many pulses have come since the first, if one has come.
    pub fn count(&self) -> Option<u64> {
        self.pulse.map(|pulse| pulse.count)
    }

    /// The pulse of this count is to fall on the tick of the music that is the nearest now; returns
    /// that tick.
    pub fn align(&mut self, now: Instant, count: u64, music: f64) -> Option<i64> {
        let (position, _) = self.position(now)?;
        let tick = (music + count as f64 - position).round();
        self.offset = Some(tick - count as f64);
        Some(tick as i64)
    }

    /// The tempo, in µs to the quarter, that brings the music, now at `music` ticks, to the clock;
    /// `None` while there is none to follow ([`Follower::position`]).
    pub fn steer(&mut self, now: Instant, music: f64) -> Option<u32> {
        let (position, rate) = self.position(now)?;
        let offset = *self.offset.get_or_insert((music - position).round());
        let error = position + offset - music;
        let passed = self.steered.map_or(0.0, |last| seconds(last, now)).clamp(0.0, 0.1);
        self.steered = Some(now);
        let most = MOST * rate;
        self.integral = (self.integral + INTEGRAL * error * passed).clamp(-most / 2.0, most / 2.0);
        let wanted = rate + (PROPORTIONAL * error + self.integral).clamp(-most, most);
        let tempo = f64::from(TICKS_PER_QUARTER) * 1e6 / wanted;
        Some(tempo.clamp(TEMPI.0, TEMPI.1).round() as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::super::timeline::Timeline;
    use super::*;
    use musigan_engine::rng::Rng;
    use musigan_synth::Transport;

    /// Follows a clock for `minutes`; returns the greatest distance between music and clock after
    /// the first ten seconds, in seconds.
    fn follow(bpm: impl Fn(f64) -> f64, jitter: f64, minutes: f64, from: f64) -> f64 {
        let (start, mut rng) = (Instant::now(), Rng::new(7));
        let at = |seconds: f64| start + Duration::from_secs_f64(seconds);
        let (mut follower, mut timeline) = (Follower::default(), Timeline::new());
        let mut transport = Transport::new(48_000, 24);
        let (mut next_pulse, mut count, mut pulses) = (0.0, 0.0, Vec::new());
        let (mut worst, mut offset): (f64, Option<f64>) = (0.0, None);
        let block = 256.0 / 48_000.0 / 1.000_08;
        for callback in 0..(minutes * 60.0 / block) as u64 {
            let now = callback as f64 * block;
            while next_pulse <= now {
                pulses.push(next_pulse + jitter * f64::from(rng.unit()));
                next_pulse += 60.0 / bpm(next_pulse) / 24.0;
                count += 1.0;
            }
            for pulse in pulses.drain(..) {
                follower.pulse(at(pulse.max(0.0)));
            }
            let position = transport.tick() as f64 + transport.fraction();
            let ticks = 24e6 / f64::from(transport.tempo());
            timeline.observe(at(now), position, ticks);
            if let Some(tempo) = follower.steer(at(now), timeline.position(at(now))) {
                transport.set_tempo(tempo);
            }
            transport.advance(256);
            if now > from {
                let position = transport.tick() as f64 + transport.fraction();
                let rate = bpm(now) * 24.0 / 60.0;
                let phase = count + (now + block - next_pulse) * rate;
                let offset = *offset.get_or_insert((position - phase).round());
                // Half the jitter is the mean delay of a pulse, which nothing can know.
                let error = (position - phase - offset) / rate + 0.5 * jitter;
                worst = worst.max(error.abs());
            }
        }
        worst
    }

    #[test]
    fn ten_minutes_of_a_jittery_clock_drift_less_than_a_millisecond() {
        let worst = follow(|_| 120.37, 0.002, 10.0, 10.0);
        assert!(worst < 0.001, "{worst} s");
        // A clock that comes once a JACK period.
        let worst = follow(|_| 97.0, 0.0053, 3.0, 20.0);
        assert!(worst < 0.001, "{worst} s");
    }

    #[test]
    fn another_tempo_is_found_again() {
        let worst = follow(|now| if now < 20.0 { 100.0 } else { 132.0 }, 0.001, 1.0, 40.0);
        assert!(worst < 0.001, "{worst} s");
    }

    #[test]
    fn a_clock_that_stumbles_moves_and_is_found_again() {
        let (start, mut follower) = (Instant::now(), Follower::default());
        // After two seconds it hangs for a seventh of one, twice, and goes on from where it was.
        let (mut at, mut lost, mut tempo) = (start, 0, None);
        for pulse in 0..192 {
            at += Duration::from_millis(if pulse == 96 || pulse == 98 { 140 } else { 20 });
            follower.pulse(at);
            assert!(follower.is_moving(at), "pulse {pulse}");
            let music = follower.position(at).map_or(0.0, |(position, _)| position);
            tempo = follower.steer(at, music);
            lost += u32::from(pulse > 3 && tempo.is_none());
        }
        assert!((1..12).contains(&lost), "lost for {lost} pulses");
        let tempo = f64::from(tempo.unwrap());
        assert!((tempo / 480_000.0 - 1.0).abs() < 0.03, "{tempo} µs");
        assert!(!follower.is_moving(at + Duration::from_millis(401)));
    }

    #[test]
    fn a_clock_that_stands_still_is_no_clock() {
        let (start, mut follower) = (Instant::now(), Follower::default());
        for pulse in 0..48 {
            follower.pulse(start + Duration::from_millis(20 * pulse));
        }
        let now = start + Duration::from_millis(20 * 48);
        assert!(follower.steer(now, 3.0).is_some());
        assert!(follower.steer(now + Duration::from_secs(1), 3.0).is_none());
        // A flood of pulses is no tempo that anyone follows.
        for pulse in 0..10_000 {
            follower.pulse(now + Duration::from_micros(100 * pulse));
        }
        let tempo = follower.steer(now + Duration::from_secs(1), 9.0);
        assert!(tempo.is_none_or(|tempo| (200_000..=3_000_000).contains(&tempo)));
    }
}
