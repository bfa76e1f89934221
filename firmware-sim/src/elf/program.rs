//! The main function and the audio interrupt.
#![allow(unsafe_code, reason = "a heap must be promised one user at a time")]

extern crate alloc;

use core::cell::RefCell;
use core::panic::PanicInfo;

use alloc::vec;
use cortex_m::interrupt::Mutex;
use cortex_m_rt::{entry, exception};
use firmware_sim::{
    Band, Cost, Event, Fault, Frame, Hash, Model, Output, Profile, Script, SealedHeap, SpeakerEnd,
    Wire, rehearse,
};
use musigan_engine::Generator;
use semihosting::experimental::env::args;
use semihosting::{println, process};

use crate::board::Mps2;
use crate::counter::Counter;
use crate::live::Live;
use crate::{guard, stack};

// SAFETY: no interrupt comes before the heap is sealed.
#[global_allocator]
static ALLOCATOR: SealedHeap<{ Profile::MOST_HEAP }> = unsafe { SealedHeap::new() };

/// What the audio interrupt owns.
struct Audio {
    output: Output<'static>,
    buffer: [Frame; Profile::MOST_FRAMES],
    frames: usize,
    counter: Counter,
    cost: Cost,
    heard: Hash,
}

static AUDIO: Mutex<RefCell<Option<Audio>>> = Mutex::new(RefCell::new(None));

/// Ends in silence, with a word about it.
pub fn silence(fault: Fault) -> ! {
    println!("  {}", Event::Fault(fault));
    process::exit(1)
}

/// Builds what the audio interrupt owns, on a stack that is given back.
#[inline(never)]
fn set_up(profile: &Profile, end: SpeakerEnd<'static>) {
    let audio = Audio {
        output: Output::new(profile, end),
        buffer: [[0; 2]; Profile::MOST_FRAMES],
        frames: profile.frames(),
        counter: Counter::start(),
        cost: Cost::default(),
        heard: Hash::default(),
    };
    cortex_m::interrupt::free(|token| AUDIO.borrow(token).replace(Some(audio)));
}

#[entry]
fn main() -> ! {
    // SAFETY: the stack is the linker's, and nothing has used it yet.
    unsafe { guard::set() };
    let Ok(args) = args::<128>() else { silence(Fault::Panic) };
    let mut args = args.filter_map(Result::ok).skip(1);
    let mut word = || args.next().unwrap_or_default();
    let (name, bars, seed) = (word(), word(), word());
    let (script, case) = (word(), word());
    let Some(profile) = Profile::named(name) else { silence(Fault::Panic) };
    let (bars, seed) = (bars.parse().unwrap_or(1), seed.parse().unwrap_or(1));
    let script = Script::named(script).unwrap_or_default();

    let mut copy = vec![0; profile.copy_len(firmware_sim::image())];
    let Ok(model) = profile.open(firmware_sim::image(), &mut copy) else { silence(Fault::Image) };
    let Some(wire) = cortex_m::singleton!(: Wire = Wire::default()) else { silence(Fault::Panic) };
    let (band_end, speaker_end) = wire.split();
    let mut state = vec![0.0; model.state_len()];
    let mut logits = vec![0.0; model.vocab_len()];
    set_up(profile, speaker_end);
    ALLOCATOR.seal();
    let numbers = 4 * (state.len() + logits.len());
    println!("  {}", Event::Ready { heap: ALLOCATOR.used() as u32, state: numbers as u32 });

    match case {
        "heap" => drop(vec![0_u8; 100]),
        "stack" => drop(deep(1_000)),
        _ => {}
    }
    let band = || Band::new(profile, &model, &mut state, &mut logits, band_end, seed);
    perform(&Play { name, profile, script, bars, case, numbers }, band)
}

/// What is played, and how.
struct Play<'a> {
    name: &'a str,
    profile: &'a Profile,
    script: Script,
    bars: u32,
    case: &'a str,
    numbers: usize,
}

/// The idle loop; its band takes no stack while the rest is built.
#[inline(never)]
fn perform<'m, 'w>(play: &Play<'_>, band: impl FnOnce() -> Band<'m, 'w, Model<'m>>) -> ! {
    let Play { name, profile, script, bars, case, numbers } = *play;
    let board = Mps2::new(script);
    let mut band = band();
    if case == "live" {
        let Some(core) = cortex_m::Peripherals::take() else { silence(Fault::Panic) };
        let mut stage = Live::new(board, core.SYST, profile);
        let tally = rehearse(&mut stage, &mut band, script, bars);
        drop(stage);
        let [taken, preemptions, late] = Live::counts();
        let (_, heard) = heard();
        println!("live,{taken},{preemptions},{late},{:#018x},{:#018x}", tally.score.0, heard.0);
        process::exit(0)
    }
    let mut stage = board;
    let tally = rehearse(&mut stage, &mut band, script, bars);
    let (cost, heard) = heard();
    // The columns of the counts' file that only the board itself knows.
    println!(
        "counted,{name},{},{numbers},{},{},{},{},{},{},{},{},{},{},{},{:#018x},{:#018x}",
        ALLOCATOR.used(),
        stack::used(),
        tally.notes.count,
        tally.notes.mean(),
        tally.notes.most,
        tally.tokens.count,
        tally.tokens.mean(),
        tally.tokens.most,
        tally.heads.most,
        cost.count,
        cost.mean(),
        cost.most,
        tally.score.0,
        heard.0
    );
    process::exit(0)
}

/// What the audio interrupt has cost, and the hash of its samples.
fn heard() -> (Cost, Hash) {
    cortex_m::interrupt::free(|token| {
        let audio = AUDIO.borrow(token).borrow();
        audio.as_ref().map(|audio| (audio.cost, audio.heard)).unwrap_or_default()
    })
}

/// The audio interrupt where instructions are counted: an exception that the idle loop asks for.
#[exception]
fn PendSV() {
    render();
}

/// What the audio interrupt does.
pub fn render() {
    if !stack::intact() {
        silence(Fault::Stack);
    }
    cortex_m::interrupt::free(|token| {
        let mut audio = AUDIO.borrow(token).borrow_mut();
        let Some(audio) = audio.as_mut() else { return };
        let half = &mut audio.buffer[..audio.frames];
        let before = audio.counter.instructions();
        audio.output.fill(half, |_| {});
        audio.cost.add(audio.counter.instructions() - before);
        audio.heard.add_frames(half);
    });
}

/// Uses more stack than there is.
#[inline(never)]
fn deep(levels: usize) -> usize {
    let room = [levels; 32];
    if levels == 0 { 0 } else { deep(levels - 1) + core::hint::black_box(&room)[levels % 32] }
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    match (ALLOCATOR.refused(), ALLOCATOR.is_sealed()) {
        (0, _) => {
            // Where, not why: the words of all panics would be in flash.
            if let Some(at) = info.location() {
                println!("  at {}:{}", at.file(), at.line());
            }
            silence(Fault::Panic)
        }
        (_, false) => silence(Fault::Heap),
        (bytes, true) => silence(Fault::Sealed(bytes)),
    }
}
