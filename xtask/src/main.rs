//! *xtask prepares*: everything that a fresh machine lacks, then the job.
//!
//! `cargo xtask` lists the jobs. What is installed is said before it is, nothing is asked, a second
//! run installs nothing and needs no network.
#![forbid(unsafe_code)]

mod alsa;
mod bench;
mod cross;
mod cuda;
mod deny;
mod firmware;
mod gates;
mod jack;
mod jobs;
mod model;
mod onnxruntime;
mod package;
mod pi;
mod pypi;
mod sanitize;
mod shell;
mod slurm;
mod soak;
mod system;
mod web;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask play [OPTIONS]   install what playing needs, build the player and play the bundled model
                             (without a sound card: render a WAV file); OPTIONS go to `musigan play`
cargo xtask test [--quick]   install what the tests need and run every check; --quick leaves out the
                             trainer and the importer
cargo xtask cross            build score, engine and synth alone for armv7 and aarch64, and run the engine's
                             tests of agreement on an emulated aarch64
cargo xtask firmware [--update]
                             build the firmware for emulated Cortex-M cores, count its instructions and hold
                             them against the boards' budgets and the baseline
cargo xtask gates [--update] count the instructions of composing, of blocks of sound, of sentences and of opening
                             a model, and hold them against benches/instructions.csv
cargo xtask gates --aarch64 ROW..
                             count the instructions of rows of benches/instructions.csv on an emulated
                             Cortex-A76, some minutes for each
cargo xtask jack [--virtual] [--seconds N] [TEST..]
                             let the player play on a JACK server that keeps real time, two minutes with each
                             period (--seconds for longer), and pull every plug there is; --virtual in the
                             machine of `alsa`, whose time is its own, and which is slow
cargo xtask alsa [TEST..]     let the player play on a sound card and a sequencer of ALSA's in a virtual machine, whose
                             time is its own, and pull those plugs
cargo xtask slurm            hand sweeps to a Slurm of one node, which it starts and ends
cargo xtask soak [HOURS [MODEL..]]
                             let the bundled models, or some, compose and play, as fast as it goes, a week of music
                             or so many hours, and hold the end against the beginning
cargo xtask bench [--quick] [--data FOLDER] [--peers SOUNDFONT FILE.mid]
                             run every bench (--quick: those of engine, synth and player), write
                             benches/LATEST.md and pictures, and add a line to benches/history
cargo xtask bench --history COMMIT...
                             measure a note at earlier commits, too, a line each
cargo xtask deny             hold the licences of all dependencies against deny.toml, then let cargo-deny look
                             for advisories
cargo xtask package [--verify]
                             pack what would be published, and hold its size against a limit; --verify builds each
                             package from what was packed
cargo xtask sanitize [--seconds N] [--seed N] [TARGET..]
                             run the tests of score and engine under the address sanitizer, then feed
                             every reader of foreign bytes with what a fuzzer makes up, a minute each
cargo xtask pi [aarch64|armv7|--test [armv7]]
                             build the player for a Raspberry Pi and pack it for Debian; or let it render on an
                             emulated one, and hold that against this machine's
cargo xtask web [--no-serve|--test|--long]
                             build the web page and serve it on loopback; or only build it; or try it in a
                             headless browser against the player; or let it play a minute there and count
cargo xtask model NAME FOLDER
                             make a shipped model anew, as its card says, from a folder of corpora: half an hour to some hours
cargo xtask setup            install what training and the tests need: ALSA's headers, ONNX Runtime
cargo xtask cuda [--no-driver]
                             install what training on an NVIDIA GPU needs: ONNX Runtime with its CUDA provider and
                             CUDA's libraries, 740 MB; --no-driver does not look whether there is a GPU";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let rest = arguments.get(1..).unwrap_or_default();
    let done = match arguments.first().map(String::as_str) {
        Some("play") => jobs::play(rest),
        Some("test") => jobs::test(rest),
        Some("cross") => cross::cross(),
        Some("firmware") => firmware::firmware(rest),
        Some("gates") => gates::gates(rest),
        Some("jack") => jack::jack(rest),
        Some("slurm") => slurm::slurm(),
        Some("alsa") => alsa::alsa(rest),
        Some("soak") => soak::soak(rest),
        Some("bench") => bench::bench(rest),
        Some("deny") => deny::deny(),
        Some("package") => package::package(rest),
        Some("sanitize") => sanitize::sanitize(rest),
        Some("pi") => pi::pi(rest),
        Some("web") => web::web(rest),
        Some("model") => model::model(rest),
        Some("setup") => jobs::setup(),
        Some("cuda") => cuda::cuda(rest),
        Some("help" | "--help" | "-h") | None => {
            println!("{HELP}");
            Ok(())
        }
        Some(other) => Err(anyhow::anyhow!("there is no job `{other}`\n{HELP}")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
