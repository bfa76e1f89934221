//! The shipped models: their images are what the importer makes of their ONNX files, and the engine
//! agrees with tract over ten thousand stateful steps.

use std::fs;
use std::path::{Path, PathBuf};

use musigan_import::{Options, TOLERANCE, import};

/// Every ONNX file in `models/`.
fn shipped() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|extension| extension == "onnx")).collect()
}

#[test]
fn images_are_up_to_date_and_agree_with_tract() {
    let models = shipped();
    assert!(!models.is_empty());
    for path in models {
        let options = Options { steps: 10_000, ..Options::default() };
        let imported = import(&fs::read(&path).unwrap(), &options).unwrap();
        let difference = imported.difference.absolute;
        println!("{}: within {difference:.1e} of tract", path.display());
        assert!(difference <= TOLERANCE, "{}: {difference}", path.display());
        let image = path.with_extension("mgi");
        let same = fs::read(&image).unwrap() == imported.image;
        assert!(same, "{} is stale: make it anew with musigan-import", image.display());
    }
}
