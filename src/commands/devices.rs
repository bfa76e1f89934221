use anyhow::Result;
use musigan::console::say;
use musigan::{audio, live};

/// Lists the audio devices and the MIDI ports.
pub(super) fn run() -> Result<()> {
    list("Audio devices, the default first", &audio::outputs()?);
    match live::ports() {
        Ok(ports) => {
            list("MIDI keyboards and other sources", &ports.inputs);
            list("MIDI instruments and other sinks", &ports.outputs);
        }
        // A machine may well have speakers and no MIDI system.
        Err(error) => say(format_args!("MIDI: {error:#}")),
    }
    Ok(())
}

fn list(title: &str, names: &[String]) {
    say(format_args!("{title}:"));
    names.iter().for_each(|name| say(format_args!("  {name}")));
    if names.is_empty() {
        say(format_args!("  none"));
    }
}
