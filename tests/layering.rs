//! Arrows go down only: the dependencies between our packages are those of ARCHITECTURE.md.

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value;

/// Every package with the packages of ours that it may depend on, tests aside.
const ALLOWED: [(&str, &[&str]); 12] = [
    ("musigan-score", &[]),
    ("musigan-engine", &["musigan-score"]),
    ("musigan-synth", &["musigan-score"]),
    ("musigan-import", &["musigan-engine", "musigan-score"]),
    ("musigan-train", &["musigan-engine", "musigan-import", "musigan-score"]),
    ("musigan-music", &["musigan-engine", "musigan-score", "musigan-synth"]),
    ("musigan", &["musigan-engine", "musigan-music", "musigan-score", "musigan-synth"]),
    ("musigan-web", &["musigan-engine", "musigan-music", "musigan-score", "musigan-synth"]),
    ("firmware-sim", &["musigan-engine", "musigan-score", "musigan-synth"]),
    ("musigan-guard", &[]),
    ("musigan-counted", &["musigan-engine", "musigan-score", "musigan-synth"]),
    ("xtask", &[]),
];

/// Heavy or alien crates and the only packages that may name them.
const CONFINED: [(&str, &[&str]); 4] = [
    ("tract-onnx", &["musigan-import"]),
    ("ort", &["musigan-train"]),
    ("cpal", &["musigan"]),
    ("fundsp", &["musigan-synth"]),
];

/// Package → names of its dependencies that are not for tests.
fn dependencies() -> BTreeMap<String, Vec<String>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .args(["--manifest-path", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let packages = metadata["packages"].as_array().unwrap();
    packages
        .iter()
        .map(|package| {
            let all = package["dependencies"].as_array().unwrap().iter();
            let real = all.filter(|dependency| dependency["kind"] != "dev");
            (text(&package["name"]), real.map(|dependency| text(&dependency["name"])).collect())
        })
        .collect()
}

#[test]
fn arrows_go_down() {
    let dependencies = dependencies();
    let ours: Vec<&str> = ALLOWED.iter().map(|(name, _)| *name).collect();
    assert_eq!(
        dependencies.len(),
        ours.len(),
        "a package is missing from this test: {:?}",
        dependencies.keys()
    );
    for (name, allowed) in ALLOWED {
        for dependency in dependencies[name].iter().filter(|name| ours.contains(&name.as_str())) {
            assert!(
                allowed.contains(&dependency.as_str()),
                "{name} must not depend on {dependency}"
            );
        }
    }
}

#[test]
fn heavy_crates_stay_where_they_belong() {
    for (package, names) in dependencies() {
        for (confined, allowed) in CONFINED {
            let named = names.iter().any(|name| name == confined);
            assert!(
                !named || allowed.contains(&package.as_str()),
                "{package} must not name {confined}"
            );
        }
    }
}

#[test]
fn the_core_needs_little() {
    let dependencies = dependencies();
    assert!(dependencies["musigan-score"].is_empty(), "score depends on nothing");
    let alien: Vec<&String> =
        dependencies["musigan-engine"].iter().filter(|name| !name.starts_with("musigan")).collect();
    assert!(alien.len() <= 4, "engine has grown: {alien:?}");
}
