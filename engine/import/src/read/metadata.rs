//! `metadata_props`: what the numbers of the model mean.

use musigan_engine::passages::Passages;
use musigan_score::Fingerprint;
use tract_onnx::pb::ModelProto;

use crate::{ImportError, Options};

const PREFIX: &str = "musigan.";
const VOCABULARY: &str = "musigan.vocabulary";
const TICKS: &str = "musigan.ticks_per_quarter";

/// The part of the metadata that the image carries.
#[derive(Debug)]
pub(crate) struct Metadata {
    pub(crate) vocabulary: Fingerprint,
    pub(crate) ticks_per_quarter: u16,
    /// All other `musigan.` fields as lines of `name=value`.
    pub(crate) about: String,
    /// Passages as they are written down, which are not in the file.
    pub(crate) passages: Option<Vec<u8>>,
}

/// How the line of an image's notes begins that tells a temperature.
const TEMPERATURE: &str = "temperature=";

/// And the bars of phrases.
const PHRASES: &str = "phrases=";

/// And how strongly keys draw.
const TONALITY: &str = "tonality=";

impl Metadata {
    pub(crate) fn read(model: &ModelProto, options: &Options) -> Result<Self, ImportError> {
        let field = |key: &str| {
            let entry = model.metadata_props.iter().find(|entry| entry.key == key);
            entry.map(|entry| entry.value.as_str())
        };
        let problem = |key, problem: String| ImportError::Metadata { key, problem };
        let vocabulary = match (options.vocabulary, field(VOCABULARY)) {
            (Some(vocabulary), _) => vocabulary,
            (None, Some(text)) => fingerprint(text).ok_or_else(|| {
                problem(VOCABULARY, format!("is '{text}' and not 16 hexadecimal digits"))
            })?,
            (None, None) => return Err(problem(VOCABULARY, "is missing".into())),
        };
        let ticks_per_quarter = match field(TICKS) {
            None => musigan_score::TICKS_PER_QUARTER as u16,
            Some(text) => text
                .parse()
                .map_err(|_| problem(TICKS, format!("is '{text}' and not a number below 65536")))?,
        };
        let mut about: Vec<_> = model
            .metadata_props
            .iter()
            .filter(|entry| entry.key != VOCABULARY && entry.key != TICKS)
            .filter_map(|entry| {
                let name = entry.key.strip_prefix(PREFIX)?;
                let line = |text: &str| text.replace(['\n', '\r'], " ");
                Some(format!("{}={}\n", line(name), line(&entry.value)))
            })
            .collect();
        let mut note = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                about.retain(|line| !line.starts_with(name));
                about.push(format!("{name}{value}\n"));
            }
        };
        note(TEMPERATURE, options.temperature.map(|number| number.to_string()));
        note(PHRASES, options.phrases.map(|bars| bars.to_string()));
        note(TONALITY, options.tonality.map(|strength| strength.to_string()));
        about.sort();
        let passages = options.passages.clone();
        if passages.as_ref().is_some_and(|bytes| Passages::read(bytes).is_none()) {
            return Err(ImportError::Passages);
        }
        Ok(Self { vocabulary, ticks_per_quarter, about: about.concat(), passages })
    }
}

/// 16 hexadecimal digits.
pub(crate) fn fingerprint(text: &str) -> Option<Fingerprint> {
    let plain = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    plain.then(|| u64::from_str_radix(text, 16).ok()).flatten().map(Fingerprint)
}
