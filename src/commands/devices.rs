use anyhow::Result;
use musigan::audio;

/// Lists the audio devices.
pub(super) fn run() -> Result<()> {
    let names = audio::outputs()?;
    if names.is_empty() {
        println!("no audio devices");
    }
    for (index, name) in names.iter().enumerate() {
        println!("{name}{}", if index == 0 { " (default)" } else { "" });
    }
    Ok(())
}
