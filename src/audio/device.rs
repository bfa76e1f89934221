//! The device: found, opened, and fed from a [`Speaker`].

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use anyhow::{Context, Result, bail};
use cpal::traits::{DeviceTrait, HostTrait, StreamTrait};
use cpal::{
    BufferSize, Device, ErrorKind, FromSample, I24, Sample, SampleFormat, SizedSample, Stream,
    StreamConfig, SupportedBufferSize, U24,
};

use super::denormals::flushed;
use super::feed::{Feed, Keys};
use super::priority;
use super::speaker::{Line, Speaker, line};
use super::stats::Controls;

/// How soon a key is to sound, against how much delay of other programs the sound survives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Latency {
    /// 64 frames to the buffer: for a fast computer with real-time priority.
    Low,
    /// 256 frames.
    Normal,
    /// 1024 frames: what any small computer sustains.
    #[default]
    Safe,
}

impl Latency {
    /// Frames to the buffer; the device may give another number.
    pub fn frames(self) -> u32 {
        match self {
            Self::Low => 64,
            Self::Normal => 256,
            Self::Safe => 1024,
        }
    }
}

/// Which device, and how.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// A part of the device's name; `None` for the system's default.
    pub device: Option<String>,
    /// How large its buffer is to be.
    pub latency: Latency,
}

/// There is no sound card, or it cannot be used.
#[derive(Debug, thiserror::Error)]
#[error(
    "no audio device ({0}); connect one (`musigan devices` lists them), or write a file with \
     `musigan render --out music.wav`"
)]
pub struct NoDevice(String);

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

/// Opens an output at its own rate.
///
/// # Errors
/// [`NoDevice`] if there is none that can be used.
pub fn open(choice: &Choice, controls: &Arc<Controls>) -> Result<(Output, Feed, Keys)> {
    quietly(|| attempt(choice, controls)).map_err(|error| NoDevice(format!("{error:#}")).into())
}

/// The names of the outputs, the system's default first.
///
/// # Errors
/// Where the system refuses to list them.
pub fn outputs() -> Result<Vec<String>> {
    quietly(|| {
        let host = host();
        let mut names: Vec<_> = host.default_output_device().iter().map(name).collect();
        let all = host.output_devices().context("the system lists no audio devices")?;
        for name in all.map(|device| name(&device)) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        Ok(names)
    })
}

/// Without this, the ALSA library writes its own complaints to the terminal.
fn quietly<T>(work: impl FnOnce() -> T) -> T {
    #[cfg(target_os = "linux")]
    let _quiet = alsa::Output::local_error_handler();
    work()
}

fn name(device: &Device) -> String {
    device.description().map_or_else(|_| "unnamed".into(), |about| about.name().to_owned())
}

/// JACK, if this program was built for it and a server runs; else what the system has.
fn host() -> cpal::Host {
    #[cfg(feature = "jack")]
    if let Ok(jack) = cpal::host_from_id(cpal::HostId::Jack)
        && jack.default_output_device().is_some()
    {
        return jack;
    }
    cpal::default_host()
}

fn find(choice: &Choice) -> Result<Device> {
    let host = host();
    let Some(wanted) = &choice.device else {
        return host.default_output_device().context("none found");
    };
    let is_wanted = |device: &Device| name(device).to_lowercase().contains(&wanted.to_lowercase());
    host.output_devices()?.find(is_wanted).with_context(|| format!("none is called {wanted:?}"))
}

fn attempt(choice: &Choice, controls: &Arc<Controls>) -> Result<(Output, Feed, Keys)> {
    let device = find(choice)?;
    let name = name(&device);
    let supported = device.default_output_config()?;
    let frames = choice.latency.frames();
    let buffer_size = match *supported.buffer_size() {
        SupportedBufferSize::Range { min, max } => BufferSize::Fixed(frames.clamp(min, max)),
        SupportedBufferSize::Unknown => BufferSize::Fixed(frames),
    };
    let config = StreamConfig { buffer_size, ..supported.config() };
    let sample_rate = config.sample_rate;
    let Line { feed, keys, speaker } = line(sample_rate, controls);
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
        other => bail!("{name} wants samples of the format {other}"),
    }?;
    Ok((Output { name, sample_rate, stream }, feed, keys))
}

fn stream<T: SizedSample + FromSample<f32> + Sample>(
    device: &Device,
    config: StreamConfig,
    mut speaker: Speaker,
) -> Result<Stream> {
    let channels = usize::from(config.channels);
    let stats = speaker.stats().clone();
    let sample_rate = config.sample_rate;
    let mut first = true;
    let told = Arc::clone(&stats);
    let stream = device.build_output_stream(
        config,
        move |frames: &mut [T], _| {
            if std::mem::take(&mut first) {
                let count = (frames.len() / channels.max(1)) as u32;
                told.set_scheduling(priority::raise(count, sample_rate));
            }
            flushed(|| speaker.fill(frames, channels));
        },
        move |error| match error.kind() {
            ErrorKind::Xrun => {
                stats.xruns.fetch_add(1, Relaxed);
            }
            ErrorKind::DeviceNotAvailable | ErrorKind::StreamInvalidated => {
                stats.lost.store(true, Relaxed);
            }
            _ => {}
        },
        None,
    )?;
    Ok(stream)
}
