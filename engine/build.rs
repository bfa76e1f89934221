//! Which cores have the DSP extension: stable Rust tells a program only of its target.

use std::env;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-check-cfg=cfg(arm_dsp)");
    let of = |name| env::var(name).unwrap_or_default();
    // Armv7E-M is Armv7-M with it. On Armv8-M it is the core's choice, and the build must say so
    // (`-Ctarget-feature=+dsp`); stable Cargo does not tell all features, but its flags.
    let named = of("CARGO_CFG_TARGET_FEATURE").split(',').any(|feature| feature == "dsp")
        || of("CARGO_ENCODED_RUSTFLAGS").contains("+dsp");
    let target = of("TARGET");
    if target.starts_with("thumbv7em") || (target.starts_with("thumbv8m.main") && named) {
        println!("cargo:rustc-cfg=arm_dsp");
    }
}
