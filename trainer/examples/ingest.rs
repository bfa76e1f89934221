//! Processor time of reading the MIDI files below a folder, per file: midly alone, to notes, to tokens.
//!
//! `benches/ingest.py` asks it beside other readers.

use std::hint::black_box;
use std::path::Path;

use midly::Smf;
use musigan_train::corpus::song::Song;
use musigan_train::corpus::{Options, Pedal, pieces};

fn main() -> anyhow::Result<()> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| ".".to_owned());
    let mut files = Vec::new();
    gather(Path::new(&folder), &mut files)?;
    let options = Options::default();
    let time = |what: &str, read: &dyn Fn(&[u8]) -> usize| {
        let begun = processor_ms();
        let found: usize = files.iter().map(|file| read(file)).sum();
        let ms = (processor_ms() - begun) / files.len().max(1) as f64;
        println!("{what}: {} files, {found} found, {ms:.3} ms per file", files.len());
    };
    time("midly alone, events", &|file| {
        let tracks = Smf::parse(black_box(file)).map(|smf| smf.tracks).unwrap_or_default();
        tracks.iter().map(Vec::len).sum()
    });
    time("the trainer, notes", &|file| {
        let songs = Song::read(black_box(file), Pedal::Ignored).unwrap_or_default();
        songs.iter().flat_map(|song| &song.lines).map(|line| line.notes.len()).sum()
    });
    time("the trainer, tokens", &|file| {
        let pieces = pieces("", black_box(file), &options).unwrap_or_default();
        pieces.iter().map(|(piece, _)| piece.tokens.len()).sum()
    });
    Ok(())
}

/// What this thread has had of a processor, as Linux counts it; not a number elsewhere.
fn processor_ms() -> f64 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    told.split(' ').next().and_then(|ns| ns.parse::<f64>().ok()).unwrap_or(f64::NAN) / 1e6
}

fn gather(folder: &Path, files: &mut Vec<Vec<u8>>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            gather(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "mid") {
            files.push(std::fs::read(path)?);
        }
    }
    Ok(())
}
