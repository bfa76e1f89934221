use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use midir::os::unix::{VirtualInput, VirtualOutput};
use midir::{Ignore, MidiInput, MidiInputConnection, MidiOutput, MidiOutputConnection};

use super::hands::Hands;
use super::outlet::Port;

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

/// The names of the MIDI ports of other programs and devices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ports {
    /// What can be heard.
    pub inputs: Vec<String>,
    /// What can be played on.
    pub outputs: Vec<String>,
}

/// The MIDI ports that are there now.
///
/// # Errors
/// Where there is no MIDI system: no ALSA sequencer in the kernel, or no JACK server.
pub fn ports() -> Result<Ports> {
    let (input, output) = (client_in(WATCHER)?, client_out(WATCHER)?);
    let inputs = input.ports().iter().filter_map(|port| input.port_name(port).ok()).collect();
    let outputs = output.ports().iter().filter_map(|port| output.port_name(port).ok()).collect();
    let others = |names: Vec<String>| names.into_iter().filter(|name| is_other(name)).collect();
    Ok(Ports { inputs: others(inputs), outputs: others(outputs) })
}

const NO_MIDI: &str = "no MIDI system: load the kernel's ALSA sequencer (`modprobe snd-seq`), or \
                       start a JACK server for a program built with `--features jack`";

fn client_in(name: &str) -> Result<MidiInput> {
    let mut client = MidiInput::new(name).context(NO_MIDI)?;
    // Active sensing comes three times a second and says nothing.
    client.ignore(Ignore::ActiveSense);
    Ok(client)
}

fn client_out(name: &str) -> Result<MidiOutput> {
    MidiOutput::new(name).context(NO_MIDI)
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
    /// Looks for ports without connecting to any.
    watch: MidiInput,
}

enum State {
    Virtual(#[allow(dead_code)] MidiInputConnection<Hands>),
    Connected(MidiInputConnection<Hands>, String),
    Away(Box<Hands>),
    /// Only while one state takes another's place.
    Between,
}

/// What became of the keyboard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyboardChange {
    /// It is gone, and what it held is to be let go.
    Lost(String),
    /// It is there.
    Back(String),
}

impl Keyboard {
    /// Connects the hands with the port whose name contains `wanted`; without a name with the first
    /// port that is there. Opens a port of our own if that is wanted, or if none is there.
    ///
    /// # Errors
    /// Where there is no MIDI system, or no port of that name.
    pub fn open(wanted: Option<&str>, hands: Hands) -> Result<Self> {
        let watch = client_in(WATCHER)?;
        let found = find(&watch, wanted);
        let state = match (found, wanted) {
            (_, Some(VIRTUAL)) | (None, None) => open_virtual(hands)?,
            (Some(name), _) => match connect(&name, hands) {
                Ok(state) => state,
                Err(_) => {
                    bail!("cannot connect to the MIDI port {name}: is another program using it?")
                }
            },
            (None, Some(wanted)) => {
                let there = listed(&ports()?.inputs);
                bail!("no MIDI input is called {wanted:?}; there are: {there}")
            }
        };
        let wanted = wanted.map(str::to_owned);
        Ok(Self { wanted, state, looked: Instant::now(), watch })
    }

    /// What it is connected with.
    pub fn name(&self) -> &str {
        match &self.state {
            State::Virtual(_) => "a port of our own, musigan:in,",
            State::Connected(_, name) => name,
            State::Away(_) | State::Between => "no keyboard",
        }
    }

    /// Looks whether the keyboard is still there, or there again; to be called again and again.
    pub fn tend(&mut self) -> Option<KeyboardChange> {
        if self.looked.elapsed() < WATCH || matches!(self.state, State::Virtual(_)) {
            return None;
        }
        self.looked = Instant::now();
        match std::mem::replace(&mut self.state, State::Between) {
            State::Connected(connection, name) => {
                if names(&self.watch).contains(&name) {
                    self.state = State::Connected(connection, name);
                    return None;
                }
                let (_, hands) = connection.close();
                self.state = State::Away(Box::new(hands));
                Some(KeyboardChange::Lost(name))
            }
            State::Away(hands) => {
                let Some(name) = find(&self.watch, self.wanted.as_deref()) else {
                    self.state = State::Away(hands);
                    return None;
                };
                match connect(&name, *hands) {
                    Ok(state) => {
                        self.state = state;
                        Some(KeyboardChange::Back(name))
                    }
                    Err(hands) => {
                        self.state = hands.map_or(State::Between, State::Away);
                        None
                    }
                }
            }
            other => {
                self.state = other;
                None
            }
        }
    }
}

fn names(client: &MidiInput) -> Vec<String> {
    client.ports().iter().filter_map(|port| client.port_name(port).ok()).collect()
}

fn find(client: &MidiInput, wanted: Option<&str>) -> Option<String> {
    names(client).into_iter().find(|name| match wanted {
        Some(wanted) => is_called(name, wanted),
        None => is_other(name),
    })
}

fn open_virtual(hands: Hands) -> Result<State> {
    let made = client_in(NAME)?.create_virtual("in", receive, hands);
    let connection = made.ok().context("cannot make a MIDI port of our own")?;
    Ok(State::Virtual(connection))
}

/// Connects with the port of exactly this name. The hands come back if there is none now; they are
/// lost if the system takes them and then refuses.
fn connect(name: &str, hands: Hands) -> Result<State, Option<Box<Hands>>> {
    let Ok(client) = client_in(NAME) else { return Err(Some(Box::new(hands))) };
    let is_it = |port: &midir::MidiInputPort| client.port_name(port).is_ok_and(|n| n == name);
    let Some(port) = client.ports().into_iter().find(is_it) else {
        return Err(Some(Box::new(hands)));
    };
    let connection = client.connect(&port, "in", receive, hands).map_err(|_| None)?;
    Ok(State::Connected(connection, name.to_owned()))
}

fn receive(_: u64, message: &[u8], hands: &mut Hands) {
    hands.receive(message, Instant::now());
}

impl Port for MidiOutputConnection {
    fn send(&mut self, message: &[u8]) -> bool {
        Self::send(self, message).is_ok()
    }
}

/// Opens the output whose name contains `wanted`, or a port of our own if that is wanted.
///
/// # Errors
/// Where there is no MIDI system, or no port of that name.
pub fn open_output(wanted: &str) -> Result<MidiOutputConnection> {
    let client = client_out(OUT)?;
    if wanted == VIRTUAL {
        return client.create_virtual("out").ok().context("cannot make a MIDI port of our own");
    }
    let is_it = |port: &midir::MidiOutputPort| {
        client.port_name(port).is_ok_and(|name| is_other(&name) && is_called(&name, wanted))
    };
    let Some(port) = client.ports().into_iter().find(is_it) else {
        let there = listed(&ports()?.outputs);
        bail!("no MIDI output is called {wanted:?}; there are: {there}")
    };
    client.connect(&port, "out").ok().with_context(|| {
        format!("cannot connect to the MIDI port {wanted}: is another program using it?")
    })
}
