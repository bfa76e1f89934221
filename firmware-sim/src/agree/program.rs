//! Reads an image by name. A test model hears a hundred tokens; one of music composes some bars, and its steps
//! are counted. Prints the hash, and the counts.
#![allow(unsafe_code, reason = "what `entry` makes of a static")]

use core::ffi::CStr;
use core::panic::PanicInfo;

use cortex_m_rt::entry;
use musigan_engine::Model;
use musigan_engine::image::Aligned64;
use musigan_score::Fingerprint;
use musigan_score::events::{self, Event};
use semihosting::experimental::env::args;
use semihosting::fs::File;
use semihosting::io::Read;
use semihosting::{println, process};

use crate::counter::Counter;
use crate::golden::{composed, golden};

/// The fingerprint of the engine's test models.
const VOCABULARY: Fingerprint = Fingerprint(0x0123_4567_89ab_cdef);
/// Room for a model.
const IMAGE: usize = 2 * 1_024 * 1_024;
/// Room for its state, and for its logits.
const STATE: usize = 32 * 1_024;
const LOGITS: usize = 1_024;

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

/// Instructions of some steps. The firmware's own count is not used here: its crate wants a heap.
#[derive(Default)]
struct Steps {
    count: u64,
    sum: u64,
    most: u64,
}

impl Steps {
    fn add(&mut self, instructions: u64) {
        self.count += 1;
        self.sum += instructions;
        self.most = self.most.max(instructions);
    }

    fn mean(&self) -> u64 {
        self.sum / self.count.max(1)
    }
}

/// What a model is given to work in.
struct Room {
    image: Aligned64<[u8; IMAGE]>,
    state: [f32; STATE],
    logits: [f32; LOGITS],
}

fn agree(room: &mut Room) -> Result<(), Trouble> {
    let args = args::<512>().map_err(|_| "the arguments are too long")?;
    let name = args.filter_map(Result::ok).nth(1).ok_or("which file?")?;
    let bytes = read(name, &mut room.image.0)?;
    let (state, logits) = (&mut room.state, &mut room.logits);
    if let Ok(model) = Model::open(bytes, VOCABULARY) {
        println!("{:016x}", golden(&model, state, logits));
        return Ok(());
    }
    let model = Model::open(bytes, events::FINGERPRINT).map_err(|_| "the model is refused")?;
    let mut counter = Counter::start();
    let (mut bars, mut others) = (Steps::default(), Steps::default());
    let hash = composed(&model, state, logits, |step| {
        let before = counter.instructions();
        let said = step();
        let spent = counter.instructions() - before;
        if matches!(said, Some(Event::Bar(_))) { bars.add(spent) } else { others.add(spent) }
    });
    println!("{hash:016x},{},{},{},{}", bars.mean(), bars.most, others.mean(), others.most);
    Ok(())
}

#[entry]
fn main() -> ! {
    // The macro makes a reference of it that there is but once.
    static mut ROOM: Room =
        Room { image: Aligned64([0; IMAGE]), state: [0.0; STATE], logits: [0.0; LOGITS] };
    if let Err(trouble) = agree(ROOM) {
        println!("{trouble}");
        process::exit(1)
    }
    process::exit(0)
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    println!("{info}");
    process::exit(1)
}
