use anyhow::Result;
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
        Err(error) => println!("MIDI: {error:#}"),
    }
    Ok(())
}

fn list(title: &str, names: &[String]) {
    println!("{title}:");
    names.iter().for_each(|name| println!("  {name}"));
    if names.is_empty() {
        println!("  none");
    }
}
