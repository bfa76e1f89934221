//! Where an emulated board's memory lies, for the linker.

use std::path::Path;
use std::{env, fs, io};

include!("src/limits.rs");

/// Flash and RAM of ARM's MPS2 boards; the stack is as small as a microcontroller's, so that its
/// guard has something to guard.
fn emulated(target: &str) -> String {
    let (flash, ram) =
        if target.starts_with("thumbv8m") { (0x1000_0000, 0x3800_0000) } else { (0, 0x2000_0000) };
    memory(flash, "4M", ram, "4M", 64 * 1_024)
}

/// Flash and RAM, the stack at the end of it; no linking if it runs into what lies before.
fn memory(flash: u32, flash_len: &str, ram: u32, ram_len: &str, stack: usize) -> String {
    format!(
        "MEMORY {{ FLASH : ORIGIN = {flash:#x}, LENGTH = {flash_len}\n\
         RAM : ORIGIN = {ram:#x}, LENGTH = {ram_len} }}\n\
         _stack_start = ORIGIN(RAM) + LENGTH(RAM);\n\
         _stack_end = _stack_start - {stack};\n\
         ASSERT(__sheap <= _stack_end, \"no RAM is left for the stack\");\n"
    )
}

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=src/limits.rs");
    println!("cargo:rustc-check-cfg=cfg(armv8m)");
    let of = |name| env::var(name).unwrap_or_default();
    if of("CARGO_CFG_TARGET_OS") != "none" {
        return Ok(());
    }
    let target = of("TARGET");
    if target.starts_with("thumbv8m") {
        println!("cargo:rustc-cfg=armv8m");
    }
    let programs = [
        ("firmware-elf", emulated(&target)),
        ("agree-elf", emulated(&target)),
        ("board-stm32f411", memory(0x0800_0000, "512K", 0x2000_0000, "128K", STACK)),
    ];
    for (program, memory) in programs {
        let folder = Path::new(&of("OUT_DIR")).join(program);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("memory.x"), memory)?;
        println!("cargo:rustc-link-arg-bin={program}=-L{}", folder.display());
        println!("cargo:rustc-link-arg-bin={program}=-Tlink.x");
        println!("cargo:rustc-link-arg-bin={program}=--nmagic");
    }
    Ok(())
}
