//! The stack, looked at.
#![allow(unsafe_code, reason = "it lies where the linker says")]

use core::sync::atomic::AtomicU32;

use firmware_sim::StackGuard;

use crate::guard::GUARD;

unsafe extern "C" {
    static _stack_end: AtomicU32;
    static _stack_start: AtomicU32;
}

/// Whether the stack has stayed away from the last words above the guard: for cores that have nothing to
/// guard it with.
pub fn intact() -> bool {
    words(64).check()
}

/// Bytes of stack that were ever used, and its guard, which nothing else can use.
pub fn used() -> usize {
    let (end, start) = (&raw const _stack_end, &raw const _stack_start);
    let whole = (start.addr() - end.addr() - GUARD as usize) / 4;
    GUARD as usize + 4 * whole - words(whole).untouched()
}

/// So many words of the stack from the guard on.
fn words(count: usize) -> StackGuard<'static> {
    let end = &raw const _stack_end;
    // SAFETY: the linker's script says that this is the stack, which is always there; whoever pushes
    // onto it meanwhile does so in whole words.
    StackGuard::new(unsafe { core::slice::from_raw_parts(end.byte_add(GUARD as usize), count) })
}
