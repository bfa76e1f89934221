//! Prints every note that ingest reads in the MIDI files below a folder, without pedal, as lines
//! `program onset end key velocity` (file ticks; program −1 is percussion) under `= FILE`.
//!
//! `tests/reference/compare_pretty_midi.py` compares them with another reader's.

use musigan_score::Instrument;
use musigan_train::corpus::Pedal;
use musigan_train::corpus::song::Song;
use std::io::{BufWriter, Write};
use std::path::Path;

fn main() -> anyhow::Result<()> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| ".".to_owned());
    let mut out = BufWriter::new(std::io::stdout().lock());
    print(Path::new(&folder), &mut out)?;
    Ok(out.flush()?)
}

fn print(folder: &Path, out: &mut impl Write) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            print(&path, out)?;
        } else if path.extension().is_some_and(|extension| extension == "mid") {
            writeln!(out, "= {}", path.display())?;
            match Song::read(&std::fs::read(&path)?, Pedal::Ignored) {
                Ok(songs) => songs.iter().try_for_each(|song| rows(song, out))?,
                Err(fault) => writeln!(out, "! {fault}")?,
            }
        }
    }
    Ok(())
}

fn rows(song: &Song, out: &mut impl Write) -> std::io::Result<()> {
    for line in &song.lines {
        let program = match line.instrument {
            Instrument::Program(program) => i16::from(program.number()),
            Instrument::Percussion => -1,
        };
        for note in &line.notes {
            let (onset, end) = (note.onset, note.end);
            writeln!(out, "{program} {onset} {end} {} {}", note.key, note.velocity)?;
        }
    }
    Ok(())
}
