//! What would be published: every package of ours packs, and nothing large is in it.

use anyhow::{Context, Result, ensure};

use crate::shell::{cargo, run, target};

/// The packages that are meant for others, each after those that it depends on.
const PUBLISHED: [&str; 7] = [
    "musigan-score",
    "musigan-engine",
    "musigan-synth",
    "musigan-music",
    "musigan-import",
    "musigan-train",
    "musigan",
];

/// Bytes that no package exceeds; the player has six models in it, of which the GAN is not int8.
const MOST: u64 = 5 << 20;

/// Packs them. With `--verify` each is built from its package, too, which takes minutes.
pub fn package(options: &[String]) -> Result<()> {
    let verify = match options {
        [] => false,
        [only] if only == "--verify" => true,
        other => {
            anyhow::bail!("`cargo xtask package` takes only --verify, not {}", other.join(" "))
        }
    };
    let mut pack = cargo();
    pack.args(["package", "--quiet", "--locked", "--allow-dirty"]);
    pack.args(PUBLISHED.iter().flat_map(|name| ["--package", name]));
    if !verify {
        pack.arg("--no-verify");
    }
    run(&mut pack)?;
    for name in PUBLISHED {
        let file =
            target().join("package").join(format!("{name}-{}.crate", env!("CARGO_PKG_VERSION")));
        let size = file.metadata().with_context(|| format!("no {}", file.display()))?.len();
        println!("xtask: {name}: {:.0} kB", size as f64 / 1e3);
        ensure!(
            size <= MOST,
            "the package {name} has {size} bytes, at most {MOST} are meant to be: see what `cargo package \
             --list --package {name}` lists, and `include` in its Cargo.toml"
        );
    }
    Ok(())
}
