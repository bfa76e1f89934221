use musigan_score::Program;
use musigan_synth::{Action, Channel, ChannelEvent, TimedAction, U7};

/// What holds until it is told otherwise: programs, controllers, tempo.
#[derive(Clone, Debug, Default)]
pub(super) struct Scene {
    programs: [Option<Program>; Channel::COUNT],
    controllers: Vec<(Channel, U7, U7)>,
    tempo: Option<u32>,
}

impl Scene {
    /// Takes note of what holds from now on.
    pub(super) fn hear(&mut self, action: Action) {
        match action {
            Action::Tempo(tempo) => self.tempo = Some(tempo),
            Action::Channel(ChannelEvent::Program { channel, program }) => {
                self.programs[channel.index()] = Some(program);
            }
            Action::Channel(ChannelEvent::Controller { channel, controller, value }) => {
                let same =
                    |entry: &&mut (Channel, U7, U7)| (entry.0, entry.1) == (channel, controller);
                match self.controllers.iter_mut().find(same) {
                    Some(entry) => entry.2 = value,
                    None => self.controllers.push((channel, controller, value)),
                }
            }
            Action::Channel(_) => {}
        }
    }

    /// What brings a new synth here.
    pub(super) fn actions(&self, tick: u64) -> impl Iterator<Item = TimedAction> {
        let tempo = self.tempo.map(Action::Tempo);
        let programs = self.programs.iter().zip(0..).filter_map(|(program, channel)| {
            let channel = Channel::new(channel);
            program.map(|program| Action::Channel(ChannelEvent::Program { channel, program }))
        });
        let controllers = self.controllers.iter().map(|&(channel, controller, value)| {
            Action::Channel(ChannelEvent::Controller { channel, controller, value })
        });
        let all = tempo.into_iter().chain(programs).chain(controllers);
        all.map(move |action| TimedAction { tick, action })
    }
}
