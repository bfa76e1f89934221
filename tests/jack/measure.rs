//! Numbers out of what was heard.

use std::collections::BTreeSet;

use crate::probe::Event;

/// The value below which this share of the values lies; 0 of none.
pub(crate) fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let index = (sorted.len().saturating_sub(1) as f64 * share).round() as usize;
    sorted.get(index).copied().unwrap_or(0.0)
}

pub(crate) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// How far each of the values is from the straight line through them.
pub(crate) fn off_the_line(values: &[f64]) -> Vec<f64> {
    let middle = (values.len() as f64 - 1.0) / 2.0;
    let height = mean(values);
    let (mut xy, mut xx) = (0.0, f64::MIN_POSITIVE);
    for (index, value) in values.iter().enumerate() {
        let x = index as f64 - middle;
        (xy, xx) = (xy + x * (value - height), xx + x * x);
    }
    let line =
        |(index, value): (usize, &f64)| (value - height - xy / xx * (index as f64 - middle)).abs();
    values.iter().enumerate().map(line).collect()
}

/// The keys that are down after these messages, by channel and key.
#[derive(Clone, Debug, Default)]
pub(crate) struct Down(BTreeSet<(u8, u8)>);

impl Down {
    pub(crate) fn hear(&mut self, event: &Event) {
        match event.bytes[..] {
            [status @ 0x90..=0x9F, key, velocity] if velocity > 0 => {
                self.0.insert((status & 15, key));
            }
            [status @ 0x80..=0x9F, key, _] => {
                self.0.remove(&(status & 15, key));
            }
            _ => {}
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Whether a note begins.
pub(crate) fn is_on(event: &Event) -> bool {
    matches!(event.bytes[..], [0x90..=0x9F, _, 1..=127])
}
