//! A file of entries, written once and whole.
//!
//! Magic (8 bytes), version (8), length of the list of entries (4) and its CRC-32 (4), the list, the entries
//! in its order. Numbers are little-endian; list and entries are Protocol Buffers.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crc::{CRC_32_ISO_HDLC, Crc};
use musigan_import::write_atomically;
use musigan_score::events::Style;
use prost::Message;

use crate::corpus::hash::Fnv;

const MAGIC: &[u8; 8] = b"MGTOKEN\x01";
const HEADER: usize = 24;
const CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);

/// The content of a file, and the style that it was told to be of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    length: u64,
    crc: u32,
    hash: u64,
}

impl Key {
    /// The key of a file.
    pub fn of(file: &[u8], style: Option<Style>) -> Self {
        let style = style.map_or(u8::MAX, |style| style as u8);
        let hash = Fnv::new().with(&[style]).with(file).mixed();
        Self { length: file.len() as u64, crc: CRC.checksum(file), hash }
    }
}

/// The list of a shard's entries.
#[derive(Clone, PartialEq, Message)]
struct List {
    #[prost(message, repeated, tag = "1")]
    entries: Vec<Item>,
}

/// An entry in the list.
#[derive(Clone, PartialEq, Message)]
struct Item {
    /// Bytes of the file.
    #[prost(uint64, tag = "1")]
    length: u64,
    /// CRC-32 of the file.
    #[prost(fixed32, tag = "2")]
    crc: u32,
    /// Hash of the file and its style.
    #[prost(fixed64, tag = "3")]
    hash: u64,
    /// Bytes of the entry.
    #[prost(uint32, tag = "4")]
    bytes: u32,
    /// CRC-32 of the entry.
    #[prost(fixed32, tag = "5")]
    entry_crc: u32,
}

/// Why a shard cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unusable {
    /// It is for another vocabulary or reader.
    Other,
    /// It is cut short, or is no shard.
    Damaged,
}

/// A shard, its entries on disk.
#[derive(Debug)]
pub struct Shard {
    path: PathBuf,
    file: Mutex<File>,
    list: Vec<Item>,
    /// Where each entry begins.
    starts: Vec<u64>,
}

impl Shard {
    /// Opens a shard of this version.
    pub fn open(path: &Path, version: u64) -> Result<Self, Unusable> {
        let damaged = |_| Unusable::Damaged;
        let mut file = File::open(path).map_err(damaged)?;
        let whole = file.metadata().map_err(damaged)?.len();
        let mut header = [0; HEADER];
        file.read_exact(&mut header).map_err(damaged)?;
        let (magic, rest) = header.split_at(8);
        let number = |range: std::ops::Range<usize>| {
            rest[range].iter().rev().fold(0_u64, |sum, &byte| sum << 8 | u64::from(byte))
        };
        let (length, crc) = (number(8..12), number(12..16));
        if magic != MAGIC || HEADER as u64 + length > whole {
            return Err(Unusable::Damaged);
        }
        if number(0..8) != version {
            return Err(Unusable::Other);
        }
        let mut list = vec![0; length as usize];
        file.read_exact(&mut list).map_err(damaged)?;
        if u64::from(CRC.checksum(&list)) != crc {
            return Err(Unusable::Damaged);
        }
        let list = List::decode(&list[..]).map_err(|_| Unusable::Damaged)?.entries;
        let mut at = HEADER as u64 + length;
        let mut starts = Vec::with_capacity(list.len());
        for item in &list {
            starts.push(at);
            at += u64::from(item.bytes);
        }
        match at == whole {
            true => Ok(Self { path: path.to_owned(), file: Mutex::new(file), list, starts }),
            false => Err(Unusable::Damaged),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many entries it has.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// The keys of its entries, in order.
    pub fn keys(&self) -> impl Iterator<Item = Key> {
        self.list.iter().map(|&Item { length, crc, hash, .. }| Key { length, crc, hash })
    }

    /// An entry; none where it is damaged.
    pub fn read(&self, at: usize) -> Option<Vec<u8>> {
        let item = &self.list[at];
        let mut entry = vec![0; item.bytes as usize];
        {
            let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
            file.seek(SeekFrom::Start(self.starts[at])).ok()?;
            file.read_exact(&mut entry).ok()?;
        }
        (CRC.checksum(&entry) == item.entry_crc).then_some(entry)
    }
}

/// Writes a shard, under a name of its own, and tells where.
pub fn write(folder: &Path, version: u64, entries: Vec<(Key, Vec<u8>)>) -> io::Result<PathBuf> {
    let item = |(key, entry): &(Key, Vec<u8>)| Item {
        length: key.length,
        crc: key.crc,
        hash: key.hash,
        bytes: entry.len() as u32,
        entry_crc: CRC.checksum(entry),
    };
    let list = List { entries: entries.iter().map(item).collect() }.encode_to_vec();
    let mut bytes = MAGIC.to_vec();
    bytes.extend(version.to_le_bytes());
    bytes.extend((list.len() as u32).to_le_bytes());
    bytes.extend(CRC.checksum(&list).to_le_bytes());
    // Two programs that write at once write two files, or the same.
    let name = format!("{:016x}.tokens", Fnv::new().with(&list).mixed());
    bytes.extend(list);
    entries.into_iter().for_each(|(_, entry)| bytes.extend(entry));
    fs::create_dir_all(folder)?;
    let path = folder.join(name);
    write_atomically(&path, &bytes)?;
    Ok(path)
}
