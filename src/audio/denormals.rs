//! Arithmetic without denormals: numbers that near 0 are 0.
#![allow(unsafe_code, reason = "the floating-point unit's control register")]

/// Does `work` with denormals flushed to zero on this thread, where the processor can.
///
/// # Real-time
/// Costs the reading and writing of a register.
pub fn flushed<T>(work: impl FnOnce() -> T) -> T {
    // The synth's arithmetic is meant for it: a decayed tail is silence, and nothing that depends on
    // denormals is computed at compile time.
    #[cfg(any(target_arch = "x86", target_arch = "x86_64", target_arch = "aarch64"))]
    // SAFETY: only the flush-to-zero bits of the control register change, and they are restored before this
    // returns.
    let done = unsafe { no_denormals::no_denormals(work) };
    #[cfg(target_arch = "arm")]
    let done = {
        let _guard = arm::Guard::new();
        work()
    };
    #[cfg(not(any(
        target_arch = "x86",
        target_arch = "x86_64",
        target_arch = "aarch64",
        target_arch = "arm"
    )))]
    let done = work();
    done
}

/// What `no_denormals` does not know: a 32-bit ARM, whose vector unit always flushes, but not its scalar one.
#[cfg(target_arch = "arm")]
mod arm {
    use core::arch::asm;

    /// Flush-to-zero in the floating-point status and control register (Arm Architecture Reference Manual
    /// for Armv7-A, B1.6.5).
    const FLUSH: u32 = 1 << 24;

    /// Denormals are flushed until it is dropped; it stays on its thread, whose register it is.
    pub struct Guard(u32, core::marker::PhantomData<*const ()>);

    impl Guard {
        pub fn new() -> Self {
            let before: u32;
            // SAFETY: reading the register changes nothing; of it only the flush-to-zero bit is changed, and
            // the guard puts it back.
            unsafe {
                asm!("vmrs {}, fpscr", out(reg) before, options(nomem, nostack));
                asm!("vmsr fpscr, {}", in(reg) before | FLUSH, options(nomem, nostack));
            }
            Self(before, core::marker::PhantomData)
        }
    }

    impl Drop for Guard {
        fn drop(&mut self) {
            // SAFETY: it gets back what it held.
            unsafe { asm!("vmsr fpscr, {}", in(reg) self.0, options(nomem, nostack)) }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::hint::black_box;

    use super::flushed;

    #[test]
    fn what_nears_zero_is_zero_and_only_there() {
        let half = || black_box(f32::MIN_POSITIVE) * black_box(0.5);
        assert!(half() > 0.0);
        assert_eq!(flushed(half), 0.0);
        assert!(half() > 0.0);
    }
}
