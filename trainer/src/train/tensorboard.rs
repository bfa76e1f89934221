//! TensorBoard's event file.
//!
//! A sequence of records (length, its checksum, an `Event` message, its checksum), as TensorFlow's
//! `record_writer.cc` and `event.proto` have it, with the few fields that a scalar needs.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crc::{CRC_32_ISCSI, Crc};
use prost::Message;

use super::TrainError;

const CHECKSUM: Crc<u32> = Crc::<u32>::new(&CRC_32_ISCSI);

#[derive(Clone, PartialEq, Message)]
struct Event {
    /// Seconds since 1970.
    #[prost(double, tag = "1")]
    wall_time: f64,
    #[prost(int64, tag = "2")]
    step: i64,
    #[prost(string, optional, tag = "3")]
    file_version: Option<String>,
    #[prost(message, optional, tag = "5")]
    summary: Option<Summary>,
}

#[derive(Clone, PartialEq, Message)]
struct Summary {
    #[prost(message, repeated, tag = "1")]
    value: Vec<Value>,
}

#[derive(Clone, PartialEq, Message)]
struct Value {
    #[prost(string, tag = "1")]
    tag: String,
    #[prost(float, tag = "2")]
    simple_value: f32,
}

/// An event file that grows.
#[derive(Debug)]
pub struct EventFile {
    path: PathBuf,
    file: File,
    /// When training would have begun had it never been interrupted.
    begun: f64,
}

impl EventFile {
    /// Begins the file at `path` anew, for a run that has trained for so many seconds.
    ///
    /// # Errors
    /// [`TrainError::File`].
    pub fn create(path: &Path, seconds: f64) -> Result<Self, TrainError> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        let file = File::create(path).map_err(TrainError::file(path))?;
        let begun = now.as_secs_f64() - seconds;
        let mut events = Self { path: path.to_owned(), file, begun };
        events.push(&Event {
            wall_time: begun,
            file_version: Some("brain.Event:2".to_owned()),
            ..Event::default()
        })?;
        Ok(events)
    }

    /// Appends scalars (name and value) of an update, so many seconds into training.
    ///
    /// # Errors
    /// [`TrainError::File`].
    pub fn scalars(
        &mut self,
        update: u64,
        seconds: f64,
        scalars: &[(&str, f64)],
    ) -> Result<(), TrainError> {
        let value =
            |&(tag, value): &(&str, f64)| Value { tag: tag.to_owned(), simple_value: value as f32 };
        self.push(&Event {
            wall_time: self.begun + seconds,
            step: update as i64,
            file_version: None,
            summary: Some(Summary { value: scalars.iter().map(value).collect() }),
        })
    }

    fn push(&mut self, event: &Event) -> Result<(), TrainError> {
        let data = event.encode_to_vec();
        self.file.write_all(&record(&data)).map_err(TrainError::file(&self.path))
    }
}

fn record(data: &[u8]) -> Vec<u8> {
    let length = (data.len() as u64).to_le_bytes();
    let mut record = length.to_vec();
    record.extend(masked(&length).to_le_bytes());
    record.extend(data);
    record.extend(masked(data).to_le_bytes());
    record
}

/// The checksum, masked as TensorFlow masks it, since checksums of checksums are weak.
fn masked(data: &[u8]) -> u32 {
    CHECKSUM.checksum(data).rotate_right(15).wrapping_add(0xa282_ead8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_the_one_that_tensorflow_writes() {
        // The first record of every file of TensorFlow's own: version 2 at time 0.
        let event = Event { file_version: Some("brain.Event:2".into()), ..Event::default() };
        let data = event.encode_to_vec();
        assert_eq!(data, b"\x1a\x0dbrain.Event:2");
        let record = record(&data);
        assert_eq!(record.len(), 8 + 4 + data.len() + 4);
        assert_eq!(record[..8], 15u64.to_le_bytes());
        // CRC-32C of "123456789", masked.
        assert_eq!(CHECKSUM.checksum(b"123456789"), 0xe306_9283);
        assert_eq!(masked(b"123456789"), 0xc78a_b0e5);
    }

    #[test]
    fn scalars_read_back() {
        let path = std::env::temp_dir().join(format!("musigan-events-{}", std::process::id()));
        let mut file = EventFile::create(&path, 5.0).expect("a file");
        file.scalars(7, 6.5, &[("train/nats", 2.5), ("valid/nats", 3.0)]).expect("scalars");
        let bytes = std::fs::read(&path).expect("the file");
        std::fs::remove_file(&path).expect("to clean up");
        let mut events = Vec::new();
        let mut rest = &bytes[..];
        while let [a, b, c, d, e, f, g, h, ..] = *rest {
            let length = u64::from_le_bytes([a, b, c, d, e, f, g, h]) as usize;
            let (whole, after) = rest.split_at(length + 16);
            assert_eq!(whole, record(&whole[12..12 + length]));
            events.push(Event::decode(&whole[12..12 + length]).expect("an event"));
            rest = after;
        }
        assert_eq!(events.len(), 2);
        assert_eq!(events[1].step, 7);
        assert!((events[1].wall_time - events[0].wall_time - 6.5).abs() < 1e-3);
        let values = &events[1].summary.as_ref().expect("a summary").value;
        assert_eq!((values[0].tag.as_str(), values[1].simple_value), ("train/nats", 3.0));
    }
}
