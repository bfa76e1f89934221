//! Which pieces are liked and which are not to be heard again: remembered from day to day.
//!
//! A text file with a line for each piece: `liked` or `skipped`, the model's name, the seed, the
//! title.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::file::write_whole;
use crate::title::Title;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Liked,
    Skipped,
}

/// What is remembered, of all models.
#[derive(Debug)]
pub struct Memory {
    path: PathBuf,
    model: String,
    verdicts: BTreeMap<(String, u64), Verdict>,
}

impl Memory {
    /// What is remembered at `path`, for the model of this name. No file is no memory; lines that
    /// are not understood are passed over.
    ///
    /// # Errors
    /// Where there is a file that cannot be read.
    pub fn open(path: &Path, model: &str) -> Result<Self> {
        // A damaged byte costs its line, not the music.
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read {}", path.display()));
            }
        };
        let verdicts = String::from_utf8_lossy(&bytes).lines().filter_map(parse).collect();
        Ok(Self { path: path.into(), model: model.into(), verdicts })
    }

    /// Whether the piece of `seed` is liked.
    pub fn likes(&self, seed: u64) -> bool {
        self.verdicts.get(&(self.model.clone(), seed)) == Some(&Verdict::Liked)
    }

    /// The liked pieces, by seed.
    pub fn liked(&self) -> Vec<u64> {
        self.all(Verdict::Liked)
    }

    /// The pieces that are not to be heard again, by seed.
    pub fn skipped(&self) -> Vec<u64> {
        self.all(Verdict::Skipped)
    }

    fn all(&self, wanted: Verdict) -> Vec<u64> {
        let ours = self.verdicts.iter().filter(|((model, _), _)| *model == self.model);
        ours.filter(|&(_, &verdict)| verdict == wanted).map(|(&(_, seed), _)| seed).collect()
    }

    /// Remembers that a piece is liked, or that it is not any more.
    ///
    /// # Errors
    /// Where the memory cannot be written; it holds until the program ends nevertheless.
    pub fn like(&mut self, seed: u64, liked: bool) -> Result<()> {
        self.set(seed, liked.then_some(Verdict::Liked))
    }

    /// Remembers that a piece is not to be heard again.
    ///
    /// # Errors
    /// As [`Memory::like`].
    pub fn skip(&mut self, seed: u64) -> Result<()> {
        self.set(seed, Some(Verdict::Skipped))
    }

    fn set(&mut self, seed: u64, verdict: Option<Verdict>) -> Result<()> {
        let piece = (self.model.clone(), seed);
        match verdict {
            Some(verdict) => self.verdicts.insert(piece, verdict),
            None => self.verdicts.remove(&piece),
        };
        if let Some(folder) = self.path.parent() {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        }
        write_whole(&self.path, |file| {
            for ((model, seed), verdict) in &self.verdicts {
                let word = if *verdict == Verdict::Liked { "liked" } else { "skipped" };
                writeln!(file, "{word}\t{model}\t{seed}\t{}", Title(*seed))?;
            }
            Ok(())
        })
    }
}

fn parse(line: &str) -> Option<((String, u64), Verdict)> {
    let mut words = line.split('\t');
    let verdict = match words.next()? {
        "liked" => Verdict::Liked,
        "skipped" => Verdict::Skipped,
        _ => return None,
    };
    let model = words.next()?.to_owned();
    Some(((model, words.next()?.parse().ok()?), verdict))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_liked_is_remembered_for_its_model() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep").join("pieces.tsv");
        let mut memory = Memory::open(&path, "music-box").unwrap();
        memory.like(7, true).unwrap();
        memory.like(8, true).unwrap();
        memory.like(8, false).unwrap();
        memory.skip(9).unwrap();
        let memory = Memory::open(&path, "music-box").unwrap();
        assert_eq!((memory.liked(), memory.skipped()), (vec![7], vec![9]));
        assert!(memory.likes(7) && !memory.likes(9));
        let other = Memory::open(&path, "band").unwrap();
        assert_eq!((other.liked(), other.skipped()), (vec![], vec![]));
    }

    #[test]
    fn lines_that_are_not_ours_do_no_harm() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pieces.tsv");
        let lines =
            b"liked\tmusic-box\tx\n\nnonsense\nliked\tmusic-\xff\t4\n\xfe\0\nliked\tmusic-box\t5\n\
            skipped\tmusic-box\t18446744073709551616\nliked\tmusic-box\t18446744073709551615";
        std::fs::write(&path, lines).unwrap();
        let mut memory = Memory::open(&path, "music-box").unwrap();
        assert_eq!((memory.liked(), memory.skipped()), (vec![5, u64::MAX], vec![]));
        memory.like(6, true).unwrap();
        assert_eq!(Memory::open(&path, "music-box").unwrap().liked(), [5, 6, u64::MAX]);
    }
}
