//! A step of the recurrent models and nothing else: `cargo xtask firmware` links it for a Cortex-M and
//! looks whether anything that panics has come with it.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
mod step {
    #![allow(unsafe_code, reason = "the linker wants a name to begin at")]

    use musigan_engine::Generator;
    use musigan_engine::generator::{Gru, Lstm, Recurrent};
    use musigan_score::Token;

    /// What every step needs.
    pub struct Memory<'a> {
        state: &'a mut [f32],
        heard: Token,
        logits: &'a mut [f32],
    }

    #[unsafe(no_mangle)]
    fn _start(lstm: &Recurrent<'_, Lstm>, gru: &Recurrent<'_, Gru>, memory: &mut Memory<'_>) {
        lstm.step(memory.state, memory.heard, memory.logits);
        gru.step(memory.state, memory.heard, memory.logits);
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
