//! Finds a model and maps its image.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use memmap2::Mmap;
use musigan_engine::sampler::Sampling;
use musigan_engine::{Image, Model, include_image};
use musigan_music::Habits;
use musigan_score::events::{self, Style};

use crate::places;

/// A model that is part of the program.
#[derive(Debug)]
pub struct Bundled {
    /// What it is called.
    pub name: &'static str,
    /// What it composes, in a few words.
    pub plays: &'static str,
    image: &'static [u8],
}

/// The models that are part of the program; the first is played where none is asked for.
pub static BUNDLED: [Bundled; 6] = [
    Bundled {
        name: "music-box",
        plays: "songs for voice and piano",
        image: include_image!("../models/music-box.mgi"),
    },
    Bundled {
        name: "duo",
        plays: "songs, by a voice and a piano that listen to each other",
        image: include_image!("../models/duo.mgi"),
    },
    Bundled {
        name: "chorale",
        plays: "chorales, by four voices that listen to each other",
        image: include_image!("../models/chorale.mgi"),
    },
    Bundled {
        name: "medley",
        plays: "songs, string quartets or chorales, as `--style` asks",
        image: include_image!("../models/medley.mgi"),
    },
    Bundled {
        name: "band",
        plays: "game music, by a band with drums",
        image: include_image!("../models/band.mgi"),
    },
    Bundled {
        name: "gan",
        plays: "songs, bar by bar from chance",
        image: include_image!("../models/gan.mgi"),
    },
];

/// A model's image in memory.
pub enum ModelFile {
    /// A model that is part of the program.
    Bundled(&'static Bundled),
    /// A file, mapped.
    Mapped(Mmap, PathBuf),
}

impl ModelFile {
    /// The first bundled model, or the one that `wanted` names: the name of a bundled or installed model,
    /// or else the path of an image (`.mgi`) or of an ONNX model, which the importer translates into an
    /// image in the cache folder first.
    ///
    /// # Errors
    /// Where the file is missing or unreadable, or the importer is missing or refuses the model.
    pub fn find(wanted: Option<&Path>) -> Result<Self> {
        let Some(wanted) = wanted else { return Ok(Self::Bundled(&BUNDLED[0])) };
        let name = named(wanted);
        if let Some(bundled) = BUNDLED.iter().find(|bundled| Some(bundled.name) == name) {
            return Ok(Self::Bundled(bundled));
        }
        let path = match name {
            Some(name) => installed()?
                .into_iter()
                .find(|path| path.file_stem().is_some_and(|stem| stem == name))
                .with_context(|| {
                    format!(
                        "there is no model called {name}: `musigan models` lists those there are"
                    )
                })?,
            None => wanted.into(),
        };
        if is_onnx(&path) { Self::map(&translated(&path)?) } else { Self::map(&path) }
    }

    fn map(path: &Path) -> Result<Self> {
        let file = File::open(path)
            .with_context(|| format!("cannot read the model {}", path.display()))?;
        // A file that another process cuts short while it is mapped raises a bus error, as with every
        // memory map; only a hand that edits one while it plays can do that.
        #[allow(unsafe_code)]
        // SAFETY: the map is read-only, and images are replaced by rename, never written in place.
        let map = unsafe { Mmap::map(&file) };
        Ok(Self::Mapped(
            map.with_context(|| format!("cannot map the model {}", path.display()))?,
            path.into(),
        ))
    }

    /// What the model is called: its file's name without the ending.
    pub fn name(&self) -> &str {
        match self {
            Self::Bundled(bundled) => bundled.name,
            Self::Mapped(_, path) => {
                path.file_stem().and_then(|stem| stem.to_str()).unwrap_or("unnamed")
            }
        }
    }

    /// The model, proven whole and of our vocabulary.
    ///
    /// # Errors
    /// Where the image is malformed, of an unsupported version or of another vocabulary.
    pub fn open(&self) -> Result<Model<'_>> {
        let name = || match self {
            Self::Bundled(bundled) => format!("the bundled model {}", bundled.name),
            Self::Mapped(_, path) => path.display().to_string(),
        };
        Model::open(self.bytes(), events::FINGERPRINT)
            .with_context(|| format!("cannot play {}", name()))
    }

    /// How its tokens are chosen where nobody says how: at the temperature that is noted in its image, or at
    /// the sampler's own.
    pub fn sampling(&self) -> Sampling {
        let usual = Sampling::default();
        Sampling { temperature: self.habits().temperature.unwrap_or(usual.temperature), ..usual }
    }

    /// How it composes where nobody says how.
    pub fn habits(&self) -> Habits {
        Habits::read(Image::open(self.bytes()).map_or("", |image| image.about()))
    }

    /// This style, if the model has learnt it.
    ///
    /// # Errors
    /// Where it has not.
    pub fn check_style(&self, style: Option<Style>) -> Result<Option<Style>> {
        let known = self.habits().styles;
        if let Some(wanted) = style.filter(|style| !known.contains(style)) {
            let names: Vec<&str> = known.iter().map(|style| style.name()).collect();
            let names = if names.is_empty() {
                "none (`--model medley` knows some)".into()
            } else {
                names.join(", ")
            };
            bail!(
                "the model {} has not learnt the style {}: of styles that can be asked for it knows {names}",
                self.name(),
                wanted.name()
            );
        }
        Ok(style)
    }

    /// The image itself.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Bundled(bundled) => bundled.image,
            Self::Mapped(map, _) => map,
        }
    }
}

/// The folder for models of one's own.
///
/// # Errors
/// As [`places::data`].
pub fn folder() -> Result<PathBuf> {
    Ok(places::data()?.join("models"))
}

/// The models in [`folder`] and those that the system has for all its users, sorted.
///
/// # Errors
/// As [`folder`]. Folders that are missing hold no models.
pub fn installed() -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for folder in [folder()?, SYSTEM.into()] {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let mut models: Vec<_> =
            entries.map(|entry| entry.path()).filter(|p| is_model(p)).collect();
        models.sort();
        found.extend(models);
    }
    Ok(found)
}

/// Where packages of the system put models.
const SYSTEM: &str = "/usr/share/musigan/models";

fn is_model(path: &Path) -> bool {
    is_onnx(path) || path.extension().is_some_and(|e| e.eq_ignore_ascii_case("mgi"))
}

fn is_onnx(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("onnx"))
}

/// The name that this is, if it is no path.
fn named(wanted: &Path) -> Option<&str> {
    let bare = wanted.components().count() == 1 && wanted.extension().is_none();
    wanted.to_str().filter(|_| bare && !wanted.exists())
}

/// The image of an ONNX model, made by the importer unless the cache has it already.
fn translated(onnx: &Path) -> Result<PathBuf> {
    let about = std::fs::metadata(onnx)
        .with_context(|| format!("cannot read the model {}", onnx.display()))?;
    let modified = about.modified()?.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let stem = onnx.file_stem().unwrap_or_default().to_string_lossy();
    let folder = places::cache()?;
    let image = folder.join(format!("{stem}-{}-{}.mgi", about.len(), modified.as_nanos()));
    if image.exists() {
        return Ok(image);
    }
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let importer = std::env::current_exe()?.with_file_name("musigan-import");
    let importer = if importer.exists() { importer } else { "musigan-import".into() };
    let run = Command::new(&importer).arg(onnx).arg("--out").arg(&image).output().context(
        "an ONNX model needs the importer: build it beside this program with `cargo build --release -p \
         musigan-import`, or convert the model on another machine and give the .mgi",
    )?;
    if !run.status.success() {
        bail!("{}", String::from_utf8_lossy(&run.stderr).trim());
    }
    Ok(image)
}
