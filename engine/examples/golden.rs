//! Random small models of every kind, for other processors to agree about: writes their images into a
//! folder and prints each one's name with the hash of its logits on this machine.
//!
//! `cargo run -p musigan-engine --example golden -- FOLDER`

#[path = "../tests/common/mod.rs"]
mod common;
#[path = "../tests/common/golden.rs"]
mod golden;

use std::path::PathBuf;
use std::{env, fs, io};

use common::{Aligned, VOCABULARY, network_on};
use musigan_engine::image::{Architecture, Weights};
use musigan_engine::{Generator, Model};

fn main() -> io::Result<()> {
    let folder = PathBuf::from(env::args().nth(1).ok_or(io::ErrorKind::InvalidInput)?);
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
    Ok(())
}
