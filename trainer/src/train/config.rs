//! Everything that decides what a run learns; written to `config.toml` with every default.

use musigan_engine::generator::MAX_LAYERS;
use musigan_score::link::Picture;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{Schedule, TrainError};
use crate::checkpoint::{Extent, in_one_line};
use crate::frames::Task;
use crate::linked::Role;
use crate::model::{Adam, Architecture, Form, Kind, Masks, StepShape};
use crate::session::Device;

/// The most weights that a run trains: a gigabyte, and three more of moments and average.
pub(crate) const MOST_WEIGHTS: usize = 1 << 28;

/// The widest that anything in a network is; sums of products of such widths do not overflow.
const MOST_WIDTH: usize = 1 << 16;

/// The most tokens of one update.
const MOST_TOKENS: usize = 1 << 20;

/// The most updates between two looks at the loss.
const MOST_AHEAD: usize = 1 << 8;

/// The most threads that are asked for.
const MOST_THREADS: usize = 1 << 10;

/// Reads the text of a `config.toml`, unchecked.
///
/// # Errors
/// What is wrong with it, in one line.
pub(crate) fn parse<C: DeserializeOwned>(text: &str) -> Result<C, String> {
    toml::from_str(text).map_err(|e| in_one_line(e.message()))
}

/// The configuration of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Decides every random number of the run.
    pub seed: u64,
    /// The exported ONNX file with whose weights it begins; absent where they are drawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The network.
    pub model: Architecture,
    /// What it learns from.
    pub data: Data,
    /// How it learns.
    pub optimiser: Optimiser,
    /// How long it learns.
    pub budget: Budget,
    /// What it runs on.
    pub machine: Machine,
}

/// The data of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Data {
    /// Folder of MIDI files, or a file of frames.
    pub folder: String,
    /// What the run makes of a file of frames; absent for MIDI files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frames: Option<Task>,
    /// The part that the network plays, one of several that are linked; absent where it plays all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// How its files are read.
    #[serde(default)]
    pub reading: Reading,
    /// Fingerprint of the vocabulary, 16 hexadecimal digits.
    pub fingerprint: String,
    /// Tokens of the training pieces.
    pub train_tokens: usize,
    /// Tokens of the validation pieces.
    pub valid_tokens: usize,
    /// Parallel streams of tokens.
    pub batch: usize,
    /// Tokens of a stream in one update: the length of truncated backpropagation.
    pub window: usize,
    /// Whether pieces are transposed at random, anew every epoch.
    pub augment: bool,
    /// By how many steps of 7 % they are also played faster or slower, at most.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub augment_tempo: u8,
    /// By how many steps of 8 they are also played louder or softer, at most.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub augment_velocity: u8,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants it so")]
fn is_zero(number: &u8) -> bool {
    *number == 0
}

/// How MIDI files are read, in the words of the command line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reading {
    /// Styles that pieces are told to be of: `STYLE` for all, `FOLDER=STYLE` for those below a folder.
    pub styles: Vec<String>,
    /// Whether the sustain pedal lengthens notes.
    pub pedal: bool,
    /// Into how many parts pieces are taken apart whose pitched notes all share one track.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub separate: Option<u8>,
    /// How many parts a piece must have, say `2..4`, both counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only_parts: Option<String>,
    /// How many bars a piece must have, in the same way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only_bars: Option<String>,
    /// The metres that a piece may have, say `4/4`; none stands for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only_metres: Vec<String>,
    /// The programs or families that a piece may have; none stands for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only_programs: Vec<String>,
    /// Those that it must have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub with_programs: Vec<String>,
    /// Training pieces that resemble a held-out one by so many percent are left out; absent in runs that
    /// learn them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dedupe: Option<u8>,
}

impl Default for Reading {
    fn default() -> Self {
        Self {
            styles: Vec::new(),
            pedal: true,
            separate: None,
            only_parts: None,
            only_bars: None,
            only_metres: Vec::new(),
            only_programs: Vec::new(),
            with_programs: Vec::new(),
            dedupe: None,
        }
    }
}

/// The optimiser of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Optimiser {
    /// Highest learning rate.
    pub lr: f64,
    /// How the learning rate changes.
    pub schedule: Schedule,
    /// Decay of the first moment.
    pub beta1: f64,
    /// Decay of the second moment.
    pub beta2: f64,
    /// Added to the root of the second moment.
    pub epsilon: f64,
    /// Decoupled weight decay (AdamW).
    pub weight_decay: f64,
    /// Largest global norm of the gradient.
    pub clip: f64,
    /// Share of every layer's outputs that is set to zero in training.
    pub dropout: f32,
    /// Share of what the first layer hears that is set to zero in training.
    #[serde(default)]
    pub input_dropout: f32,
    /// Share of the recurrent kernels that is set to zero in training, anew every update.
    #[serde(default)]
    pub recurrent_dropout: f32,
    /// Share of every target that is spread over the whole vocabulary.
    #[serde(default)]
    pub smoothing: f64,
    /// Weight of how far from the other parts the expected pitch is in tonal space (squared).
    #[serde(default)]
    pub harmony: f64,
    /// How much of the moving average of the weights an update keeps; the average is what is
    /// validated and exported. 0 = no average.
    #[serde(default)]
    pub average: f64,
}

impl Default for Optimiser {
    fn default() -> Self {
        let Adam { beta1, beta2, epsilon, weight_decay, clip } = Adam::default();
        Self {
            lr: 2e-3,
            schedule: Schedule::default(),
            beta1,
            beta2,
            epsilon,
            weight_decay,
            clip,
            dropout: 0.2,
            input_dropout: 0.0,
            recurrent_dropout: 0.0,
            smoothing: 0.0,
            harmony: 0.0,
            average: 0.0,
        }
    }
}

impl Optimiser {
    /// The constants of the graph.
    pub fn adam(&self) -> Adam {
        Adam {
            beta1: self.beta1,
            beta2: self.beta2,
            epsilon: self.epsilon,
            weight_decay: self.weight_decay,
            clip: self.clip,
        }
    }

    /// Share of the moving average that the weights after update `t` (from 1) take: much at first,
    /// while they are far from where they are going.
    pub fn average_rate(&self, t: u64) -> f32 {
        let t = t as f64;
        (1.0 - self.average.min((1.0 + t) / (10.0 + t))) as f32
    }
}

/// When a run ends and how often it looks up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// Updates after which the run ends.
    pub updates: u64,
    /// Minutes of training after which the run ends, resumed parts included; 0 = no limit.
    pub minutes: f64,
    /// Updates between two validations.
    pub validate_every: u64,
    /// Updates between two checkpoints.
    pub save_every: u64,
    /// Validations without a new best after which the run ends; 0 = never.
    pub patience: u64,
    /// Checkpoints of the last so many validations are kept, besides the last and the best.
    #[serde(default)]
    pub keep: usize,
    /// Every so many validations the network composes a sample; 0 = never.
    #[serde(default)]
    pub sample_every: u64,
    /// Samples as sound, too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sample_wav: bool,
}

/// The machine part of a run: it changes the last digits, not what is learnt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Machine {
    /// Where the graph runs.
    pub device: Device,
    /// Threads of an operator.
    pub threads: usize,
    /// Updates between two looks at the loss: until then nothing is copied from or to the device. Absent: 1, and
    /// [`Machine::LOSS_EVERY`] with CUDA.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loss_every: Option<usize>,
}

impl Budget {
    /// Checks that the time is one.
    pub(crate) fn check(&self) -> Result<(), TrainError> {
        match self.minutes >= 0.0 && self.minutes.is_finite() {
            true => Ok(()),
            false => Err(setting("minutes", self.minutes, "0 or more")),
        }
    }
}

impl Machine {
    /// Updates between two looks at the loss where nothing is said, with CUDA.
    pub const LOSS_EVERY: usize = 16;

    /// Checks the numbers; whether the device is there is known when its library is loaded.
    pub(crate) fn check(&self) -> Result<(), TrainError> {
        if let Some(every) = self.loss_every.filter(|every| !(1..=MOST_AHEAD).contains(every)) {
            return Err(setting("loss-every", every, "1 to 256"));
        }
        if !(1..=MOST_THREADS).contains(&self.threads) {
            return Err(setting("threads", self.threads, "1 to 1024"));
        }
        Ok(())
    }
}

impl Config {
    /// What one target is: a token, or a frame.
    pub fn unit(&self) -> &'static str {
        match self.model.form {
            Form::Tokens => "token",
            Form::Keys => "frame",
        }
    }

    /// What the step graph of the run has.
    pub fn step_shape(&self) -> StepShape {
        let o = &self.optimiser;
        StepShape {
            window: self.data.window,
            batch: self.data.batch,
            masks: Masks {
                input: o.input_dropout > 0.0,
                outputs: o.dropout > 0.0,
                kernels: o.recurrent_dropout > 0.0,
            },
            smoothing: o.smoothing,
            harmony: o.harmony,
            average: o.average > 0.0,
            ahead: 0,
        }
    }

    /// How much the checkpoints of the run hold.
    pub fn extent(&self) -> Extent {
        let layout = self.model.layout();
        let average = if self.optimiser.average > 0.0 { layout.len() } else { 0 };
        let h = self.model.layers * self.data.batch * self.model.hidden;
        let c = if self.model.kind == Kind::Lstm { h } else { 0 };
        Extent { layout, average, h, c }
    }

    /// Checks that every number has a meaning.
    ///
    /// # Errors
    /// [`TrainError::Setting`] names the first number that has none.
    pub fn check(&self) -> Result<(), TrainError> {
        let widths = [
            ("vocab", self.model.vocab),
            ("hidden", self.model.hidden),
            ("embed", self.model.embed),
            ("layers", self.model.layers),
            ("batch", self.data.batch),
            ("window", self.data.window),
        ];
        for (name, value) in widths {
            if !(1..=MOST_WIDTH).contains(&value) {
                return Err(setting(name, value, "1 to 65536"));
            }
        }
        if self.data.batch * self.data.window > MOST_TOKENS {
            let both = format!("{} times {}", self.data.batch, self.data.window);
            return Err(setting("batch times window", both, "at most 1048576 tokens"));
        }
        // More could be trained, but neither exported nor played.
        if self.model.layers > MAX_LAYERS {
            return Err(setting("layers", self.model.layers, "at most 4"));
        }
        let o = &self.optimiser;
        let shares = [
            ("dropout", o.dropout),
            ("input-dropout", o.input_dropout),
            ("recurrent-dropout", o.recurrent_dropout),
        ];
        for (name, value) in shares {
            if !(0.0..=0.9).contains(&value) {
                return Err(setting(name, value, "0 to 0.9"));
            }
        }
        let below_one = [
            ("smoothing", o.smoothing),
            ("average", o.average),
            ("beta1", o.beta1),
            ("beta2", o.beta2),
        ];
        for (name, value) in below_one {
            if !(0.0..1.0).contains(&value) {
                return Err(setting(name, value, "0 to below 1"));
            }
        }
        if self.model.tied && self.model.form == Form::Keys {
            return Err(setting("tied", true, "a head tied to an embedding is for tokens"));
        }
        if self.model.tied && self.model.embed != self.model.hidden {
            return Err(setting("embed", self.model.embed, "as --hidden, for a tied head"));
        }
        for (name, value) in [("lr", o.lr), ("clip", o.clip), ("epsilon", o.epsilon)] {
            if !(value > 0.0 && value.is_finite()) {
                return Err(setting(name, value, "a number above 0"));
            }
        }
        if !(o.harmony >= 0.0 && o.harmony.is_finite()) {
            return Err(setting("harmony", o.harmony, "0 or more"));
        }
        if !(o.weight_decay >= 0.0 && o.weight_decay.is_finite()) {
            return Err(setting("weight-decay", o.weight_decay, "0 or more"));
        }
        self.check_sides()?;
        let weights = self.model.layout().len();
        if weights > MOST_WEIGHTS {
            return Err(setting("weights", weights, "at most 268435456"));
        }
        o.schedule.check()?;
        self.budget.check()?;
        self.machine.check()
    }

    /// Checks that the network hears and predicts what the data is.
    fn check_sides(&self) -> Result<(), TrainError> {
        let (model, data) = (&self.model, &self.data);
        if (model.form == Form::Keys) != (data.frames == Some(Task::Keys)) {
            let form = format!("{:?}", model.form).to_lowercase();
            return Err(setting("form", form, "keys for frames as keys, else tokens"));
        }
        if let Some(role) = data.role.filter(|role| !role.is_possible()) {
            let text = format!("{}/{}", role.part.saturating_add(1), role.parts);
            return Err(setting("part", text, "1/1 to 4/4"));
        }
        if data.role.is_some() && data.frames.is_some() {
            return Err(setting("frames", true, "a part is one of MIDI files"));
        }
        let listens = data.role.is_some_and(|role| role.listens);
        if model.others != if listens { Picture::FEATURES } else { 0 } {
            return Err(setting("others", model.others, "240 where a part hears others, else 0"));
        }
        Ok(())
    }
}

pub(super) fn setting(
    name: &'static str,
    value: impl ToString,
    wanted: &'static str,
) -> TrainError {
    TrainError::Setting { name, value: value.to_string(), wanted }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A run on two parts.
    const WHOLE: &str = "seed = 1\n\
        [model]\nkind = \"lstm\"\nvocab = 532\nembed = 16\nhidden = 16\nlayers = 2\nothers = 240\n\
        [data]\nfolder = \"music\"\nfingerprint = \"5eed\"\ntrain_tokens = 9\nvalid_tokens = 9\n\
        batch = 4\nwindow = 8\naugment = true\nrole = { part = 0, parts = 2, listens = true }\n\
        [optimiser]\nlr = 0.002\nbeta1 = 0.9\nbeta2 = 0.999\nepsilon = 1e-8\nweight_decay = 0.0\n\
        clip = 1.0\ndropout = 0.2\nschedule = { warmup = 0, cosine_until = 9, floor = 0.02 }\n\
        [budget]\nupdates = 9\nminutes = 0.0\nvalidate_every = 3\nsave_every = 3\npatience = 0\n\
        [machine]\ndevice = \"cpu\"\nthreads = 1\n";

    /// What is said of a run with `new` in the place of `old`.
    fn said(old: &str, new: &str) -> String {
        assert!(WHOLE.contains(old), "{old}");
        match parse::<Config>(&WHOLE.replacen(old, new, 1)).map(|config| config.check()) {
            Ok(Ok(())) => String::new(),
            Ok(Err(error)) => error.to_string(),
            Err(reason) => reason,
        }
    }

    #[test]
    fn a_run_keeps_which_pieces_it_was_asked_to_read() {
        let mut config = parse::<Config>(WHOLE).unwrap();
        assert_eq!(config.data.reading, Reading::default());
        config.data.reading = Reading {
            only_parts: Some("2..4".into()),
            only_bars: Some("8..".into()),
            only_metres: vec!["3/4".into()],
            only_programs: vec!["piano".into()],
            with_programs: vec!["40".into()],
            dedupe: Some(60),
            ..Reading::default()
        };
        let text = toml::to_string(&config).unwrap();
        assert_eq!(parse::<Config>(&text).unwrap(), config);
    }

    #[test]
    fn numbers_without_a_meaning_are_named() {
        assert_eq!(said("", ""), "");
        for (old, new, what) in [
            ("hidden = 16", "hidden = 4000000000", "hidden = 4000000000: 1 to 65536"),
            ("hidden = 16", "hidden = 65536", "weights = 51579204180"),
            ("vocab = 532", "vocab = 0", "vocab = 0: "),
            ("layers = 2", "layers = 0", "layers = 0: "),
            ("layers = 2", "layers = 5", "layers = 5: at most 4"),
            ("window = 8", "window = 9223372036854775807", "window = 9223372036854775807: "),
            ("threads = 1", "threads = 1000000000", "threads = 1000000000: 1 to 1024"),
            ("threads = 1", "threads = 1\nloss_every = 0", "loss-every = 0: 1 to 256"),
            ("lr = 0.002", "lr = -0.002", "lr = -0.002: a number above 0"),
            ("lr = 0.002", "lr = nan", "lr = NaN: "),
            ("clip = 1.0", "clip = inf", "clip = inf: "),
            ("beta1 = 0.9", "beta1 = 1.0", "beta1 = 1: "),
            ("floor = 0.02", "floor = nan", "floor = NaN: 0 to 1"),
            ("floor = 0.02", "floor = -1.0", "floor = -1: "),
            ("minutes = 0.0", "minutes = nan", "minutes = NaN: 0 or more"),
            ("part = 0", "part = 2", "part = 3/2: "),
            ("others = 240", "others = 0", "others = 0: "),
            ("listens = true", "listens = false", "others = 240: "),
            ("layers = 2", "layers = 2\nform = \"keys\"", "form = keys: "),
            ("augment = true", "augment = true\nframes = \"lines\"", "frames = true: "),
        ] {
            let said = said(old, new);
            assert!(said.starts_with(what), "{new}: {said}");
        }
    }

    #[test]
    fn an_update_has_a_bounded_number_of_tokens() {
        let text = WHOLE.replace("batch = 4", "batch = 65536");
        let mut config: Config = parse(&text.replace("window = 8", "window = 16")).expect("a run");
        assert!(config.check().is_ok());
        config.data.window = 17;
        assert!(config.check().unwrap_err().to_string().starts_with("batch times window = 65536"));
    }

    #[test]
    fn texts_that_are_no_configuration_are_refused_in_one_line() {
        assert!(said("lr = 0.002", "lr = 0.002\nlr = 0.002").contains("duplicate key"));
        assert!(!said("seed = 1", "seed = -1").is_empty());
        let long = said("seed = 1", &format!("seed = 1\n\"a\\n{}\" = 1", "b".repeat(9000)));
        assert!(long.len() < 400 && !long.contains('\n'), "{long}");
        assert!(!said("seed = 1", &"[".repeat(9000)).is_empty());
    }

    #[test]
    fn the_extent_of_checkpoints_follows_from_the_configuration() {
        let mut config: Config = parse(WHOLE).expect("a run");
        let Extent { layout, average, h, c } = config.extent();
        assert_eq!((average, h, c), (0, 2 * 4 * 16, 2 * 4 * 16));
        config.optimiser.average = 0.9;
        config.model.kind = Kind::Gru;
        let gru = config.extent();
        assert_eq!((gru.average, gru.h, gru.c), (gru.layout.len(), h, 0));
        assert!(gru.layout.len() < layout.len());
    }
}
