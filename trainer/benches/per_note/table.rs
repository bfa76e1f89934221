//! Times, and how they are told.

use std::time::Instant;

use crate::Result;
use crate::contestant::{Contestant, token};

/// What each contestant took.
pub struct Times<'a> {
    names: &'a [String],
    /// Microseconds of single steps, the weights as warm as the step before left them.
    warm: Vec<Vec<f64>>,
    /// The same, the caches full of something else.
    cold: Vec<Vec<f64>>,
    /// Microseconds per step of each round.
    rounds: Vec<Vec<f64>>,
}

impl<'a> Times<'a> {
    pub fn new(names: &'a [String], rounds: usize) -> Self {
        let none = || vec![Vec::with_capacity(rounds); names.len()];
        Self { names, warm: none(), cold: none(), rounds: none() }
    }

    /// A round of many steps.
    pub fn warm(&mut self, place: usize, steps: usize, one: &mut dyn Contestant) -> Result<()> {
        for step in 0..2 {
            one.step(token(step))?;
        }
        let mut spent = 0.0;
        for step in 0..steps {
            let took = timed(one, step)?;
            self.warm[place].push(took);
            spent += took;
        }
        self.rounds[place].push(spent / steps as f64);
        Ok(())
    }

    /// One step.
    pub fn cold(&mut self, place: usize, one: &mut dyn Contestant) -> Result<()> {
        let step = self.cold[place].len();
        let took = timed(one, step)?;
        self.cold[place].push(took);
        Ok(())
    }

    pub fn print(&mut self, title: &str) {
        println!(
            "\n{title}: µs per token\n{:>20} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8}",
            "", "minimum", "median", "p50", "p99", "p99.9", "cold"
        );
        for (place, name) in self.names.iter().enumerate() {
            for times in [&mut self.warm, &mut self.cold, &mut self.rounds] {
                times[place].sort_by(f64::total_cmp);
            }
            let at = |times: &[f64], share: f64| times[((times.len() - 1) as f64 * share) as usize];
            let (warm, cold, rounds) = (&self.warm[place], &self.cold[place], &self.rounds[place]);
            println!(
                "{name:>20} {:>8.2} {:>8.2} {:>8.2} {:>8.2} {:>8.2} {:>8.2}",
                rounds[0],
                at(rounds, 0.5),
                at(warm, 0.5),
                at(warm, 0.99),
                at(warm, 0.999),
                at(cold, 0.5),
            );
        }
        println!();
    }
}

fn timed(one: &mut dyn Contestant, step: usize) -> Result<f64> {
    let start = Instant::now();
    std::hint::black_box(one.step(token(step))?);
    Ok(start.elapsed().as_secs_f64() * 1e6)
}

/// Fills the second-level cache with something else.
pub fn evict(rubbish: &mut [u8]) {
    for line in rubbish.iter_mut().step_by(64) {
        *line = line.wrapping_add(1);
    }
    std::hint::black_box(rubbish);
}
