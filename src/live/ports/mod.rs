//! MIDI ports: the ALSA sequencer's by midir, or JACK's, which know the frame of every event.

#[cfg(feature = "jack")]
mod jack;
#[cfg(not(feature = "jack"))]
mod midir;

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::hands::Hands;
use super::outlet::Port;
#[cfg(feature = "jack")]
use jack as system;
#[cfg(not(feature = "jack"))]
use midir as system;

/// What our ports begin with.
const NAME: &str = "musigan";

/// The client of our output.
const OUT: &str = "musigan-out";

/// The client that looks for ports.
const WATCHER: &str = "musigan-watch";

/// The word for a port of our own, to which other programs connect.
pub const VIRTUAL: &str = "virtual";

/// How often it is seen to that the keyboard is there.
const WATCH: Duration = Duration::from_secs(1);

/// What a port of our own is called where people read it.
const OURS: &str = "a port of our own, musigan:in,";

/// The names of the MIDI ports of other programs and devices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ports {
    /// What can be heard.
    pub inputs: Vec<String>,
    /// What can be played on.
    pub outputs: Vec<String>,
}

const NO_MIDI: &str = "no MIDI system: load the kernel's ALSA sequencer (`modprobe snd-seq`), or \
                       start a JACK server for a program built with `--features jack`";

/// The MIDI ports that are there now.
///
/// # Errors
/// Where there is no MIDI system: no ALSA sequencer in the kernel, or no JACK server.
pub fn ports() -> Result<Ports> {
    let Ports { inputs, outputs } = system::ports().context(NO_MIDI)?;
    let others = |names: Vec<String>| names.into_iter().filter(|name| is_other(name)).collect();
    Ok(Ports { inputs: others(inputs), outputs: others(outputs) })
}

/// Neither a port of ours nor one that only passes on.
fn is_other(name: &str) -> bool {
    let name = name.to_lowercase();
    !name.starts_with(NAME) && !name.contains("midi through")
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "none".into() } else { names.join(", ") }
}

fn is_called(name: &str, wanted: &str) -> bool {
    name.to_lowercase().contains(&wanted.to_lowercase())
}

/// The player's keyboard: connected, or waited for.
pub struct Keyboard {
    /// A part of its name; `None`: the first that is there.
    wanted: Option<String>,
    state: State,
    looked: Instant,
}

enum State {
    Open(system::Input, Place),
    /// There is no MIDI system.
    Gone(Option<Box<Hands>>),
}

/// What an input is connected with.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    /// Others connect with us.
    Ours,
    Keyboard(String),
    Nothing,
}

/// What became of the keyboard.
pub enum KeyboardChange {
    /// The port of this name is gone; it is waited for.
    Lost(String),
    /// It, or another of the wanted name, is there and connected.
    Back(String),
}

impl Keyboard {
    /// Connects `hands` with the port whose name contains `wanted`, or without a name with the first
    /// port that is there. Opens a port of our own if that is wanted, or if none is there.
    ///
    /// # Errors
    /// Where there is no MIDI system, or no port of that name.
    pub fn open(wanted: Option<&str>, hands: Hands) -> Result<Self> {
        let mut input = system::Input::open(hands).ok().context(NO_MIDI)?;
        let there = input.sources().unwrap_or_default();
        let place = match (find(&there, wanted), wanted) {
            (_, Some(VIRTUAL)) | (None, None) => {
                if !input.offer() {
                    bail!("cannot make a MIDI port of our own");
                }
                Place::Ours
            }
            (Some(name), _) => {
                if !input.connect(name) {
                    bail!("cannot connect to the MIDI port {name}: is another program using it?");
                }
                Place::Keyboard(name.clone())
            }
            (None, Some(wanted)) => {
                let there = listed(&ports()?.inputs);
                bail!("no MIDI input is called {wanted:?}; there are: {there}")
            }
        };
        let wanted = wanted.map(str::to_owned).or_else(|| {
            // What was ours stays ours, whatever is plugged in later.
            (place == Place::Ours).then(|| VIRTUAL.to_owned())
        });
        Ok(Self { wanted, state: State::Open(input, place), looked: Instant::now() })
    }

    /// What it is connected with.
    pub fn name(&self) -> &str {
        match &self.state {
            State::Open(_, Place::Ours) => OURS,
            State::Open(_, Place::Keyboard(name)) => name,
            State::Open(_, Place::Nothing) | State::Gone(_) => "no keyboard",
        }
    }

    /// Looks whether the keyboard is still there, or there again; to be called again and again.
    pub fn tend(&mut self) -> Option<KeyboardChange> {
        if self.looked.elapsed() < WATCH {
            return None;
        }
        self.looked = Instant::now();
        let state = std::mem::replace(&mut self.state, State::Gone(None));
        let (state, change) = match state {
            State::Open(input, place) => watch(input, place, self.wanted.as_deref()),
            State::Gone(Some(hands)) => reopen(hands, self.wanted.as_deref()),
            gone @ State::Gone(None) => (gone, None),
        };
        self.state = state;
        change
    }
}

/// What becomes of an open input, and what people are told.
fn watch(
    mut input: system::Input,
    place: Place,
    wanted: Option<&str>,
) -> (State, Option<KeyboardChange>) {
    let Some(there) = input.sources() else {
        let lost = match place {
            Place::Ours => Some(OURS.to_owned()),
            Place::Keyboard(name) => Some(name),
            Place::Nothing => None,
        };
        return (State::Gone(input.close()), lost.map(KeyboardChange::Lost));
    };
    match place {
        Place::Keyboard(name) if !there.contains(&name) => {
            input.disconnect();
            (State::Open(input, Place::Nothing), Some(KeyboardChange::Lost(name)))
        }
        Place::Nothing => seek(input, &there, wanted),
        place => (State::Open(input, place), None),
    }
}

fn reopen(hands: Box<Hands>, wanted: Option<&str>) -> (State, Option<KeyboardChange>) {
    match system::Input::open(*hands) {
        Ok(mut input) if wanted == Some(VIRTUAL) => {
            if input.offer() {
                let back = Some(KeyboardChange::Back(OURS.into()));
                (State::Open(input, Place::Ours), back)
            } else {
                (State::Gone(input.close()), None)
            }
        }
        Ok(input) => {
            let there = input.sources().unwrap_or_default();
            seek(input, &there, wanted)
        }
        Err(hands) => (State::Gone(hands), None),
    }
}

fn seek(
    mut input: system::Input,
    there: &[String],
    wanted: Option<&str>,
) -> (State, Option<KeyboardChange>) {
    match find(there, wanted) {
        Some(name) if input.connect(name) => {
            let place = Place::Keyboard(name.clone());
            (State::Open(input, place), Some(KeyboardChange::Back(name.clone())))
        }
        _ => (State::Open(input, Place::Nothing), None),
    }
}

fn find<'n>(there: &'n [String], wanted: Option<&str>) -> Option<&'n String> {
    there.iter().find(|name| match wanted {
        Some(wanted) => is_called(name, wanted),
        None => is_other(name),
    })
}

/// Opens the output whose name contains `wanted`, or a port of our own if that is wanted.
///
/// # Errors
/// Where there is no MIDI system, or no port of that name.
pub fn open_output(wanted: &str) -> Result<impl Port + use<>> {
    if wanted == VIRTUAL {
        return system::Output::open(None).context("cannot make a MIDI port of our own");
    }
    let there = ports()?.outputs;
    let Some(name) = there.iter().find(|name| is_called(name, wanted)) else {
        bail!("no MIDI output is called {wanted:?}; there are: {}", listed(&there))
    };
    system::Output::open(Some(name)).with_context(|| {
        format!("cannot connect to the MIDI port {name}: is another program using it?")
    })
}
