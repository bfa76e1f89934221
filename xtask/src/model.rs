//! A shipped model made anew: its card is the recipe.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

use crate::jobs;
use crate::shell::{cargo, command, root, run, target};

/// What stands above a recipe, and around it.
const HEADING: &str = "\n## Training\n";
const BEGINNING: &str = "```sh\n";
const END: &str = "\n```";

/// What precedes the recipe: a failure ends it, and the corpora lie where it looks for them.
const PRELUDE: &str = "set -euo pipefail\nln -sfn \"$MUSIGAN_CORPORA\"/* .\nmkdir -p models runs\n";

/// Trains, exports and imports a shipped model as its card says, from a folder of corpora that are named as they are
/// there; into a folder of its own.
pub fn model(options: &[String]) -> Result<()> {
    let [name, corpora] = options else {
        bail!(
            "`cargo xtask model` takes the name of a model and the folder in which its corpora are"
        );
    };
    let card = root().join("models").join(name).with_extension("md");
    let text = fs::read_to_string(&card)
        .with_context(|| format!("there is no model called {name}: models/ has their cards"))?;
    let recipe = recipe(&text).with_context(|| format!("the card of {name} has no recipe"))?;
    let corpora = fs::canonicalize(corpora).with_context(|| format!("cannot read {corpora}"))?;
    let folder = target().join("models").join(name);
    ensure!(
        !folder.exists(),
        "{} is there already: go on with `musigan-train train --resume`, or delete it to begin anew",
        folder.display()
    );
    jobs::setup()?;
    let programs = ["musigan-train", "musigan-import"];
    let packages = programs.iter().flat_map(|program| ["--package", program]);
    run(cargo().args(["build", "--locked", "--release"]).args(packages))?;
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    println!("xtask: {recipe}");
    let status = command("bash")
        .args(["-c", &format!("{PRELUDE}{recipe}")])
        .current_dir(&folder)
        .env("MUSIGAN_CORPORA", corpora)
        .env("PATH", path(&target().join("release"))?)
        .status()
        .context("cannot run bash")?;
    ensure!(
        status.success(),
        "{name} was not made ({status}); what there is of it is in {}",
        folder.display()
    );
    println!("xtask: {name} is in {}", folder.join("models").display());
    Ok(())
}

/// The commands that a card has under its heading of training.
fn recipe(card: &str) -> Option<&str> {
    let (_, training) = card.split_once(HEADING)?;
    let (_, block) = training.split_once(BEGINNING)?;
    block.split_once(END).map(|(recipe, _)| recipe)
}

/// The path of programs, with this folder before it.
fn path(first: &Path) -> Result<std::ffi::OsString> {
    let others = std::env::var_os("PATH").unwrap_or_default();
    let all = std::iter::once(first.to_owned()).chain(std::env::split_paths(&others));
    std::env::join_paths(all).context("the target folder's name has a colon")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_card_is_a_recipe() {
        let mut cards = 0;
        for entry in fs::read_dir(root().join("models")).unwrap().flatten() {
            let image = entry.path();
            if image.extension().is_none_or(|ending| ending != "mgi") {
                continue;
            }
            let name = image.file_stem().unwrap().to_str().unwrap();
            let card = fs::read_to_string(image.with_extension("md")).unwrap();
            let recipe = recipe(&card).unwrap();
            // `export` writes an image, too.
            let makes = [format!("--out models/{name}.mgi"), format!("--out models/{name}.onnx")];
            assert!(recipe.contains("musigan-train train"), "{name}: {recipe}");
            assert!(makes.iter().any(|made| recipe.contains(made)), "{name}: {recipe}");
            cards += 1;
        }
        assert!(cards > 0);
    }
}
