//! A step of any model and nothing else: `cargo xtask firmware` links it for a Cortex-M and
//! looks whether anything that panics has come with it.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
mod step {
    #![allow(unsafe_code, reason = "the linker wants a name to begin at")]

    use musigan_engine::{Generator, Model};
    use musigan_score::Token;

    #[unsafe(no_mangle)]
    fn _start(model: &Model<'_>, state: &mut [f32], heard: Token, logits: &mut [f32]) {
        model.step(state, heard, logits);
    }

    #[panic_handler]
    fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
        loop {}
    }
}

#[cfg(not(target_os = "none"))]
fn main() {
    eprintln!("this program is for a Cortex-M: run `cargo xtask firmware`");
}
