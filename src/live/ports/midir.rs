//! Ports by way of midir: the ALSA sequencer.

use std::time::Instant;

use anyhow::Result;
use midir::os::unix::{VirtualInput, VirtualOutput};
use midir::{Ignore, MidiInput, MidiInputConnection, MidiOutput, MidiOutputConnection};

use super::{Hands, NAME, OUT, Port, Ports, WATCHER};

/// All ports, ours too.
pub(super) fn ports() -> Result<Ports> {
    let (input, output) = (MidiInput::new(WATCHER)?, MidiOutput::new(WATCHER)?);
    let outputs = output.ports();
    let outputs = outputs.iter().filter_map(|port| output.port_name(port).ok()).collect();
    Ok(Ports { inputs: names(&input), outputs })
}

fn client() -> Option<MidiInput> {
    let mut client = MidiInput::new(NAME).ok()?;
    // Active sensing comes three times a second and says nothing.
    client.ignore(Ignore::ActiveSense);
    Some(client)
}

fn names(client: &MidiInput) -> Vec<String> {
    client.ports().iter().filter_map(|port| client.port_name(port).ok()).collect()
}

/// The way in, connected or not.
pub(super) struct Input {
    /// Looks for ports without connecting to any.
    watch: MidiInput,
    state: State,
}

enum State {
    Connected(MidiInputConnection<Hands>),
    Apart(Option<Box<Hands>>),
}

impl Input {
    /// Gives the hands back if there is no MIDI system.
    pub(super) fn open(hands: Hands) -> Result<Self, Option<Box<Hands>>> {
        let hands = Some(Box::new(hands));
        match MidiInput::new(WATCHER) {
            Ok(watch) => Ok(Self { watch, state: State::Apart(hands) }),
            Err(_) => Err(hands),
        }
    }

    /// The names of what can be heard; `None`: the system is gone.
    pub(super) fn sources(&self) -> Option<Vec<String>> {
        Some(names(&self.watch))
    }

    /// Lets others connect with us. The hands are lost if the system refuses.
    pub(super) fn offer(&mut self) -> bool {
        let (Some(client), Some(hands)) = (client(), self.hands()) else { return false };
        match client.create_virtual("in", receive, *hands) {
            Ok(connection) => self.state = State::Connected(connection),
            Err(_) => return false,
        }
        true
    }

    /// Connects with the port of exactly this name. The hands are lost if the system takes them and
    /// then refuses.
    pub(super) fn connect(&mut self, name: &str) -> bool {
        let Some(client) = client() else { return false };
        let is_it = |port: &midir::MidiInputPort| client.port_name(port).is_ok_and(|n| n == name);
        let Some(port) = client.ports().into_iter().find(is_it) else { return false };
        let Some(hands) = self.hands() else { return false };
        match client.connect(&port, "in", receive, *hands) {
            Ok(connection) => self.state = State::Connected(connection),
            Err(_) => return false,
        }
        true
    }

    /// Hears nothing any more.
    pub(super) fn disconnect(&mut self) {
        let hands = self.hands();
        self.state = State::Apart(hands);
    }

    /// Takes the hands out, if they are left.
    pub(super) fn close(mut self) -> Option<Box<Hands>> {
        self.hands()
    }

    fn hands(&mut self) -> Option<Box<Hands>> {
        match std::mem::replace(&mut self.state, State::Apart(None)) {
            State::Connected(connection) => Some(Box::new(connection.close().1)),
            State::Apart(hands) => hands,
        }
    }
}

fn receive(_: u64, message: &[u8], hands: &mut Hands) {
    hands.receive(message, Instant::now());
}

/// The way out.
pub(super) struct Output(MidiOutputConnection);

impl Output {
    /// A port connected with that of this name, or one that others connect with.
    pub(super) fn open(name: Option<&str>) -> Option<Self> {
        let client = MidiOutput::new(OUT).ok()?;
        let Some(name) = name else { return client.create_virtual("out").ok().map(Self) };
        let is_it = |port: &midir::MidiOutputPort| client.port_name(port).is_ok_and(|n| n == name);
        let port = client.ports().into_iter().find(is_it)?;
        client.connect(&port, "out").ok().map(Self)
    }
}

impl Port for Output {
    fn send(&mut self, message: &[u8], _: Instant) -> bool {
        self.0.send(message).is_ok()
    }
}
