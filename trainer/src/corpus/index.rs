//! `index.json`: who composed which file, where a folder of music has one.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// The composers of a folder's files, by file name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Index {
    composers: BTreeMap<String, String>,
}

/// An entry of `index.json`; it may say more.
#[derive(Deserialize)]
struct Entry {
    file: String,
    composer: Option<String>,
}

impl Index {
    /// The index's file name.
    pub const FILE: &str = "index.json";

    /// Reads the index of a folder: a JSON list of objects with `file` and `composer`. A folder
    /// without one has an empty index.
    ///
    /// # Errors
    /// The reason, where there is an index that is no such list.
    pub fn read(folder: &Path) -> Result<Self, String> {
        match std::fs::read(folder.join(Self::FILE)) {
            Ok(json) => Self::parse(&json),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error.to_string()),
        }
    }

    fn parse(json: &[u8]) -> Result<Self, String> {
        let entries: Vec<Entry> =
            serde_json::from_slice(json).map_err(|error| error.to_string())?;
        let composers = entries.into_iter().filter_map(|entry| {
            let composer = entry.composer?.trim().to_owned();
            (!composer.is_empty()).then_some((entry.file, composer))
        });
        Ok(Self { composers: composers.collect() })
    }

    /// Who composed a file.
    pub fn composer(&self, file: &str) -> Option<&str> {
        self.composers.get(file).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::Index;

    #[test]
    fn composers_are_found_by_file() {
        let index = Index::parse(
            br#"[{"file": "a.mid", "composer": " Clara Schumann ", "key": 2}, {"file": "b.mid"},
                 {"file": "c.mid", "composer": ""}]"#,
        );
        let index = index.unwrap();
        assert_eq!(index.composer("a.mid"), Some("Clara Schumann"));
        assert_eq!(index.composer("b.mid"), None);
        assert_eq!(index.composer("c.mid"), None);
        assert!(Index::parse(b"{}").is_err());
    }
}
