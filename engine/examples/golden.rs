//! Models for other processors to agree about. Random small ones of every kind, whose images it writes into a
//! folder: it prints each one's name with the hash of its logits on this machine. And images that are given: it
//! prints each one's path with the hash of a piece that it composes here.
//!
//! `cargo run -p musigan-engine --example golden -- FOLDER [FILE.mgi…]`

#[path = "../tests/common/mod.rs"]
mod common;
#[path = "../tests/common/golden.rs"]
mod golden;

use std::path::PathBuf;
use std::{env, fs, io};

use musigan_score::events;

use common::{Aligned, VOCABULARY, network_on};
use musigan_engine::image::{Architecture, Weights};
use musigan_engine::{Generator, Model};

fn main() -> io::Result<()> {
    let mut args = env::args().skip(1);
    let folder = PathBuf::from(args.next().ok_or(io::ErrorKind::InvalidInput)?);
    fs::create_dir_all(&folder)?;
    for (kind, architecture) in [("lstm", Architecture::Lstm), ("gru", Architecture::Gru)] {
        for weights in Weights::ALL {
            // Widths that are no multiples of anything, and rows whose number is odd.
            let network = network_on(Some(20), architecture, 77, &[40, 23], 9);
            let bytes = network.to_image(weights);
            let image = Aligned::new(&bytes);
            let model = Model::open(image.bytes(), VOCABULARY).map_err(io::Error::other)?;
            let (mut state, mut logits) =
                (vec![0.0; model.state_len()], vec![0.0; model.vocab_len()]);
            let name = format!("{kind}-{weights}.mgi");
            fs::write(folder.join(&name), &bytes)?;
            println!("{name} {:016x}", golden::golden(&model, &mut state, &mut logits));
        }
    }
    for path in args {
        let image = Aligned::new(&fs::read(&path)?);
        let model = Model::open(image.bytes(), events::FINGERPRINT).map_err(io::Error::other)?;
        let (mut state, mut logits) = (vec![0.0; model.state_len()], vec![0.0; model.vocab_len()]);
        let hash = golden::composed(&model, &mut state, &mut logits, |step| {
            step();
        });
        println!("{path} {hash:016x}");
    }
    Ok(())
}
