//! Where an emulated board's memory lies, for the linker.

use std::path::Path;
use std::{env, fs, io};

/// Flash and RAM of ARM's MPS2 boards; the stack is as small as a microcontroller's, so that its
/// guard has something to guard.
fn memory(target: &str) -> String {
    let (flash, ram) =
        if target.starts_with("thumbv8m") { (0x1000_0000, 0x3800_0000) } else { (0, 0x2000_0000) };
    format!(
        "MEMORY {{ FLASH : ORIGIN = {flash:#x}, LENGTH = 4M\n\
         RAM : ORIGIN = {ram:#x}, LENGTH = 4M }}\n\
         _stack_start = ORIGIN(RAM) + LENGTH(RAM);\n\
         _stack_end = _stack_start - 64K;\n"
    )
}

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-check-cfg=cfg(armv8m)");
    let of = |name| env::var(name).unwrap_or_default();
    if of("CARGO_CFG_TARGET_OS") == "none" {
        let folder = of("OUT_DIR");
        if of("TARGET").starts_with("thumbv8m") {
            println!("cargo:rustc-cfg=armv8m");
        }
        fs::write(Path::new(&folder).join("memory.x"), memory(&of("TARGET")))?;
        println!("cargo:rustc-link-search={folder}");
        println!("cargo:rustc-link-arg-bins=-Tlink.x");
        println!("cargo:rustc-link-arg-bins=--nmagic");
    }
    Ok(())
}
