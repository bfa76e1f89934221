//! What the project's pages tell to type is understood.

#[path = "../../tests/pages/mod.rs"]
mod pages;

use std::path::Path;

use clap::Parser;
use musigan_train::cli::Arguments;

#[test]
fn what_the_pages_tell_to_type_is_understood() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let commands = pages::commands(&root, "musigan-train");
    assert!(commands.len() > 20, "{}", commands.len());
    for (page, words) in commands {
        if let Err(error) = Arguments::try_parse_from(&words) {
            panic!("{}: {words:?}: {error}", page.display());
        }
    }
}
