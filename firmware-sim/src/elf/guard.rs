//! The end of the stack: no program gets past it.
#![allow(unsafe_code, reason = "registers of the core, and a handler that must not use the stack")]

use core::arch::global_asm;
use core::sync::atomic::AtomicU32;

use firmware_sim::Fault;

/// Bytes that nothing may touch, right above `_stack_end`: more than any function's frame (2.6 KB) but
/// main's, so that none passes over them.
pub const GUARD: u32 = 4_096;

unsafe extern "C" {
    static _stack_end: AtomicU32;
    static _stack_start: AtomicU32;
}

// A fault of the core may come because there is no stack left: the handler takes the whole stack anew
// before it calls anything, and says where the old one had come to.
global_asm!(
    ".section .text.HardFault, \"ax\", %progbits",
    ".global HardFault",
    ".type HardFault, %function",
    ".thumb_func",
    "HardFault:",
    "mov r0, sp",
    "ldr r1, =_stack_start",
    "mov sp, r1",
    "bl {fault}",
    fault = sym fault,
);

/// Ends a program that the core has stopped.
extern "C" fn fault(stack: u32) -> ! {
    let end = (&raw const _stack_end).addr() as u32;
    // What the core stores at a fault lies below: up to 104 bytes.
    let full = stack < end + GUARD + 104;
    crate::silence(if full { Fault::Stack } else { Fault::Core })
}

/// Has the core guard the end of the stack: its memory protection unit, or on Armv8-M its stack limit
/// register.
///
/// # Safety
/// The stack is that of the linker's script, and has not come to its end yet.
pub unsafe fn set() {
    let end = (&raw const _stack_end).addr() as u32;
    #[cfg(armv8m)]
    // SAFETY: the stack lies above, by the caller's word.
    unsafe {
        cortex_m::register::msplim::write(end + GUARD);
    }
    #[cfg(not(armv8m))]
    // SAFETY: the registers are those of every Armv6-M and Armv7-M core with a protection unit; all
    // memory but the guard stays what it was.
    unsafe {
        /// Which regions there are; control; number, base and attributes of a region.
        const MPU: [*mut u32; 5] = [
            0xe000_ed90 as *mut u32,
            0xe000_ed94 as *mut u32,
            0xe000_ed98 as *mut u32,
            0xe000_ed9c as *mut u32,
            0xe000_eda0 as *mut u32,
        ];
        /// Nothing may execute, read or write it.
        const NO_ACCESS: u32 = 1 << 28;
        const ENABLE: u32 = 1;
        /// What is in no region is as without the unit.
        const BACKGROUND: u32 = 1 << 2;
        if MPU[0].read_volatile() != 0 {
            MPU[2].write_volatile(0);
            MPU[3].write_volatile(end);
            MPU[4].write_volatile(NO_ACCESS | (GUARD.trailing_zeros() - 1) << 1 | ENABLE);
            MPU[1].write_volatile(BACKGROUND | ENABLE);
            cortex_m::asm::dsb();
            cortex_m::asm::isb();
        }
    }
}
