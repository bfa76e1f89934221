//! Every dependency, tests' and tools' included, has a licence that deny.toml allows.
//!
//! What other systems alone need is seen by `cargo deny check`.

use std::process::Command;

use serde_json::Value;

const DENY: &str = include_str!("../deny.toml");

/// The quoted words of the list that follows `key` in the section of licences.
fn listed<'a>(text: &'a str, key: &str) -> Vec<&'a str> {
    let (_, rest) = text.split_once(key).unwrap();
    let (list, _) = rest.split_once(']').unwrap();
    list.split('"').skip(1).step_by(2).collect()
}

/// Licences that only one crate may have.
fn exceptions() -> Vec<(&'static str, Vec<&'static str>)> {
    let lines = DENY.lines().filter(|line| line.trim_start().starts_with("{ crate = "));
    lines.map(|line| (listed(line, "{ crate = ")[0], listed(line, "allow = ["))).collect()
}

/// Whether an SPDX expression can be fulfilled with these licences. Older crates write `/` for `OR`.
fn fulfilled(expression: &str, allowed: &[&str]) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    let value = alternatives(&words, &mut at, allowed);
    assert_eq!(at, words.len(), "{expression} is no licence expression");
    value
}

fn alternatives(words: &[&str], at: &mut usize, allowed: &[&str]) -> bool {
    let mut value = conjunction(words, at, allowed);
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        value |= conjunction(words, at, allowed);
    }
    value
}

fn conjunction(words: &[&str], at: &mut usize, allowed: &[&str]) -> bool {
    let mut value = licence(words, at, allowed);
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        value &= licence(words, at, allowed);
    }
    value
}

fn licence(words: &[&str], at: &mut usize, allowed: &[&str]) -> bool {
    let word = words[*at];
    *at += 1;
    if word == "(" {
        let value = alternatives(words, at, allowed);
        assert_eq!(words.get(*at), Some(&")"));
        *at += 1;
        return value;
    }
    // An exception to a licence takes nothing away.
    if words.get(*at) == Some(&"WITH") {
        *at += 2;
    }
    allowed.contains(&word)
}

#[test]
fn expressions_are_read_as_spdx_has_them() {
    let fulfilled = |expression| fulfilled(expression, &["MIT", "Zlib"]);
    for good in ["MIT", "GPL-3.0 OR MIT", "MIT/Apache-2.0", "(GPL-3.0 OR MIT) AND Zlib"] {
        assert!(fulfilled(good), "{good}");
    }
    for bad in ["GPL-3.0", "MIT AND GPL-3.0", "Zlib AND (GPL-3.0 OR Apache-2.0)"] {
        assert!(!fulfilled(bad), "{bad}");
    }
}

#[test]
#[ignore = "wants every dependency fetched, the trainer's too: `cargo xtask deny`"]
fn every_dependency_has_a_licence_that_we_allow() {
    let tool = |name: &str, default: &str| {
        Command::new(std::env::var_os(name).unwrap_or_else(|| default.into()))
    };
    let rustc = tool("RUSTC", "rustc").arg("-vV").output().unwrap().stdout;
    let rustc = String::from_utf8(rustc).unwrap();
    let host = rustc.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let output = tool("CARGO", "cargo")
        .args(["metadata", "--locked", "--format-version", "1", "--filter-platform", host])
        .args(["--manifest-path", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let (allowed, exceptions) = (listed(DENY, "\nallow = ["), exceptions());
    let mut wrong = Vec::new();
    let packages = metadata["packages"].as_array().unwrap();
    assert!(packages.len() > 100, "{} packages", packages.len());
    for package in packages {
        let name = package["name"].as_str().unwrap();
        let licence = package["license"].as_str().unwrap_or("none");
        let own = exceptions.iter().filter(|(other, _)| *other == name).flat_map(|(_, own)| own);
        let all: Vec<&str> = allowed.iter().chain(own).copied().collect();
        if !fulfilled(licence, &all) {
            wrong.push(format!("{name}: {licence}"));
        }
    }
    assert!(wrong.is_empty(), "not in deny.toml: {}", wrong.join(", "));
}
