//! The container of a Standard MIDI File: its header and the bytes of its tracks.
//!
//! Events are midly's business; the container is read here because midly passes over a track that
//! is cut short without a word, and a corpus wants to know.

use super::division::Division;

/// Why a file is no piece of the corpus.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The file could not be read at all.
    #[error("cannot be read: {0}")]
    Unreadable(String),
    /// It does not begin as a Standard MIDI File does.
    #[error("malformed: no MIDI header (MThd) at its beginning")]
    NotMidi,
    /// The header is shorter than its six bytes.
    #[error("malformed: a header of {0} bytes, 6 are the least")]
    ShortHeader(u32),
    /// A type of file that nobody has defined.
    #[error("unsupported: MIDI file type {0}, known are 0, 1 and 2")]
    Type(u16),
    /// A tick of no length, or frames per second that SMPTE does not know.
    #[error("malformed: division {0:#06x}")]
    Division(u16),
    /// The file ends inside a chunk.
    #[error("truncated: the chunk at byte {at} says {said} bytes, {left} are there")]
    Truncated {
        /// Where the chunk's content begins.
        at: usize,
        /// Its length as it says.
        said: u32,
        /// The bytes that are left in the file.
        left: usize,
    },
    /// Tracks are missing at the end.
    #[error("truncated: the header says {said} tracks, {found} are there")]
    MissingTracks {
        /// Tracks by the header.
        said: u16,
        /// Tracks in the file.
        found: usize,
    },
    /// An event that cannot be read.
    #[error("malformed: no MIDI event at byte {at} of track {track}")]
    Event {
        /// The track, from 0.
        track: usize,
        /// Bytes from the beginning of the track.
        at: usize,
    },
    /// Nothing sounds.
    #[error("silent: no note that the vocabulary can say")]
    Silent,
    /// The encoder refused the piece.
    #[error("not encodable: {0}")]
    Encode(#[from] musigan_score::events::EncodeError),
}

/// How the tracks belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Types 0 and 1: all tracks sound together.
    Together,
    /// Type 2: every track is a piece of its own.
    Apart,
}

/// A file's header and the bytes of its tracks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Container<'a> {
    /// How the tracks belong together.
    pub layout: Layout,
    /// What a tick is.
    pub division: Division,
    /// The events of each track.
    pub tracks: Vec<&'a [u8]>,
}

impl<'a> Container<'a> {
    /// Reads the container out of a whole file.
    ///
    /// Chunks of unknown kinds and bytes after the last whole chunk are passed over.
    ///
    /// # Errors
    /// [`Fault`], where it is no MIDI file or is cut short.
    pub fn read(file: &'a [u8]) -> Result<Self, Fault> {
        let mut chunks = Chunks { file, at: 0 };
        let (b"MThd", header) = chunks
            .next()
            .ok_or(Fault::NotMidi)?
            .map_err(|fault| if file.starts_with(b"MThd") { fault } else { Fault::NotMidi })?
        else {
            return Err(Fault::NotMidi);
        };
        let Some(&[t0, t1, n0, n1, d0, d1]) = header.first_chunk() else {
            return Err(Fault::ShortHeader(header.len() as u32));
        };
        let layout = match u16::from_be_bytes([t0, t1]) {
            0 | 1 => Layout::Together,
            2 => Layout::Apart,
            other => return Err(Fault::Type(other)),
        };
        let said = u16::from_be_bytes([n0, n1]);
        let division = u16::from_be_bytes([d0, d1]);
        let division = Division::read(division).ok_or(Fault::Division(division))?;
        let mut tracks = Vec::new();
        for chunk in chunks {
            match chunk {
                Ok((b"MTrk", track)) => tracks.push(track),
                Ok((_unknown, _)) => {}
                // What stands behind the last track, if anything, is no music.
                Err(_) if tracks.len() >= usize::from(said) => break,
                Err(fault) => return Err(fault),
            }
        }
        if tracks.len() < usize::from(said) {
            return Err(Fault::MissingTracks { said, found: tracks.len() });
        }
        Ok(Self { layout, division, tracks })
    }
}

/// The chunks of a file: name and content.
struct Chunks<'a> {
    file: &'a [u8],
    at: usize,
}

impl<'a> Iterator for Chunks<'a> {
    type Item = Result<(&'a [u8; 4], &'a [u8]), Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        let (name, rest) = self.file.get(self.at..)?.split_first_chunk::<4>()?;
        let (&length, rest) = rest.split_first_chunk::<4>()?;
        let said = u32::from_be_bytes(length);
        self.at += 8;
        let Some(content) = usize::try_from(said).ok().and_then(|said| rest.get(..said)) else {
            let at = std::mem::replace(&mut self.at, self.file.len());
            return Some(Err(Fault::Truncated { at, said, left: rest.len() }));
        };
        self.at += content.len();
        Some(Ok((name, content)))
    }
}
