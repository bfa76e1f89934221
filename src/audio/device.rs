//! The device: found, opened, and fed from a [`Speaker`].

use std::sync::atomic::Ordering::Relaxed;

use anyhow::{Context, Result};
use cpal::traits::{DeviceTrait, HostTrait, StreamTrait};
use cpal::{
    BufferSize, ErrorKind, FromSample, I24, Sample, SampleFormat, SizedSample, Stream,
    StreamConfig, SupportedBufferSize, U24,
};

use super::speaker::{Feed, Speaker, speaker};

/// Frames to a buffer that a small computer sustains; the device may give another size.
const SAFE_BUFFER: u32 = 1024;

/// There is no sound card, or it cannot be used.
#[derive(Debug)]
pub struct NoDevice(String);

impl std::fmt::Display for NoDevice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "no audio device ({}); connect one, or write a file with `musigan render --out music.wav`",
            self.0
        )
    }
}

impl std::error::Error for NoDevice {}

/// An open device; once started it plays until it is dropped.
pub struct Output {
    /// The device's name.
    pub name: String,
    /// Frames a second, as the device has them.
    pub sample_rate: u32,
    stream: Stream,
}

impl Output {
    /// Begins to play: best done when there is something to play.
    ///
    /// # Errors
    /// [`NoDevice`] if the device refuses.
    pub fn start(&self) -> Result<()> {
        self.stream.play().map_err(|error| NoDevice(error.to_string()).into())
    }
}

/// Opens the default output at its own rate.
///
/// # Errors
/// [`NoDevice`] if there is none that can be used.
pub fn open() -> Result<(Output, Feed)> {
    // Without this, the ALSA library writes its own complaints to the terminal.
    #[cfg(target_os = "linux")]
    let _quiet = alsa::Output::local_error_handler();
    attempt().map_err(|error| NoDevice(format!("{error:#}")).into())
}

fn attempt() -> Result<(Output, Feed)> {
    let device = cpal::default_host().default_output_device().context("none found")?;
    let name =
        device.description().map_or_else(|_| "unnamed".into(), |about| about.name().to_owned());
    let supported = device.default_output_config()?;
    let buffer_size = match *supported.buffer_size() {
        SupportedBufferSize::Range { min, max } => BufferSize::Fixed(SAFE_BUFFER.clamp(min, max)),
        SupportedBufferSize::Unknown => BufferSize::Fixed(SAFE_BUFFER),
    };
    let config = StreamConfig { buffer_size, ..supported.config() };
    let sample_rate = config.sample_rate;
    let (feed, speaker) = speaker(sample_rate);
    let stream = match supported.sample_format() {
        SampleFormat::F32 => stream::<f32>(&device, config, speaker),
        SampleFormat::F64 => stream::<f64>(&device, config, speaker),
        SampleFormat::I8 => stream::<i8>(&device, config, speaker),
        SampleFormat::I16 => stream::<i16>(&device, config, speaker),
        SampleFormat::I24 => stream::<I24>(&device, config, speaker),
        SampleFormat::I32 => stream::<i32>(&device, config, speaker),
        SampleFormat::U8 => stream::<u8>(&device, config, speaker),
        SampleFormat::U16 => stream::<u16>(&device, config, speaker),
        SampleFormat::U24 => stream::<U24>(&device, config, speaker),
        SampleFormat::U32 => stream::<u32>(&device, config, speaker),
        other => anyhow::bail!("{name} wants samples of the format {other}"),
    }?;
    Ok((Output { name, sample_rate, stream }, feed))
}

fn stream<T: SizedSample + FromSample<f32> + Sample>(
    device: &cpal::Device,
    config: StreamConfig,
    mut speaker: Speaker,
) -> Result<Stream> {
    let channels = usize::from(config.channels);
    let stats = speaker.stats().clone();
    let stream = device.build_output_stream(
        config,
        move |frames: &mut [T], _| {
            // The synth's arithmetic is meant for flush-to-zero: a decayed tail is silence, and
            // nothing that depends on denormals is computed at compile time.
            #[allow(unsafe_code)]
            // SAFETY: only the flush-to-zero bits of the floating-point control register change,
            // and they are restored before the closure returns.
            unsafe {
                no_denormals::no_denormals(|| speaker.fill(frames, channels));
            }
        },
        move |error| match error.kind() {
            ErrorKind::Xrun => {
                stats.xruns.fetch_add(1, Relaxed);
            }
            ErrorKind::DeviceNotAvailable | ErrorKind::StreamInvalidated => {
                stats.lost.store(true, Relaxed)
            }
            _ => {}
        },
        None,
    )?;
    Ok(stream)
}
