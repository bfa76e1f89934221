//! Reads an image by name, hears a hundred tokens, prints the hash.
#![allow(unsafe_code, reason = "what `entry` makes of a static")]

use core::ffi::CStr;
use core::panic::PanicInfo;

use cortex_m_rt::entry;
use musigan_engine::Model;
use musigan_engine::image::Aligned64;
use musigan_score::Fingerprint;
use semihosting::experimental::env::args;
use semihosting::fs::File;
use semihosting::io::Read;
use semihosting::{println, process};

use crate::golden::golden;

/// The fingerprint of the engine's test models.
const VOCABULARY: Fingerprint = Fingerprint(0x0123_4567_89ab_cdef);
/// Room for such a model.
const IMAGE: usize = 192 * 1_024;
/// Room for its state, and for its logits.
const NUMBERS: usize = 1_024;

/// What the program says when it cannot do its work.
type Trouble = &'static str;

fn read<'a>(name: &str, into: &'a mut [u8]) -> Result<&'a [u8], Trouble> {
    let mut path = [0; 512];
    path.get_mut(..name.len()).ok_or("the name is too long")?.copy_from_slice(name.as_bytes());
    let path = CStr::from_bytes_until_nul(&path).map_err(|_| "the name is too long")?;
    let mut file = File::open(path).map_err(|_| "there is no such file")?;
    let mut len = 0;
    loop {
        let rest = into.get_mut(len..).unwrap_or_default();
        match file.read(rest).map_err(|_| "the file cannot be read")? {
            0 => break,
            more => len += more,
        }
    }
    into.get(..len).filter(|_| len < IMAGE).ok_or("the model is too big")
}

fn hash(image: &mut [u8; IMAGE]) -> Result<u64, Trouble> {
    let args = args::<512>().map_err(|_| "the arguments are too long")?;
    let name = args.filter_map(Result::ok).nth(1).ok_or("which file?")?;
    let bytes = read(name, image)?;
    let model = Model::open(bytes, VOCABULARY).map_err(|_| "the model is refused")?;
    Ok(golden(&model, &mut [0.0; NUMBERS], &mut [0.0; NUMBERS]))
}

#[entry]
fn main() -> ! {
    // The macro makes a reference of it that there is but once.
    static mut BYTES: Aligned64<[u8; IMAGE]> = Aligned64([0; IMAGE]);
    match hash(&mut BYTES.0) {
        Ok(hash) => println!("{hash:016x}"),
        Err(trouble) => {
            println!("{trouble}");
            process::exit(1)
        }
    }
    process::exit(0)
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    println!("{info}");
    process::exit(1)
}
