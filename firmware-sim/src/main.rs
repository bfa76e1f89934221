//! The firmware rehearsed on this machine: `cargo run -p firmware-sim -- --board rp2350 --bars 16
//! --wav out.wav`.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(not(target_os = "none"))]
mod host;

#[cfg(not(target_os = "none"))]
#[global_allocator]
static ALLOCATOR: host::Meter = host::Meter;

#[cfg(not(target_os = "none"))]
fn main() -> std::process::ExitCode {
    host::main()
}
