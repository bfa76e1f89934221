//! What the project's pages tell people to do, for tests that hold it against what there is.

use std::fs;
use std::path::{Path, PathBuf};

/// The pages for users, of the project at `root`.
pub fn pages(root: &Path) -> Vec<PathBuf> {
    let mut pages = vec![root.join("README.md"), root.join("ARCHITECTURE.md")];
    for folder in ["docs", "models"] {
        let entries = fs::read_dir(root.join(folder)).expect("a folder of pages").flatten();
        let found = entries.map(|entry| entry.path());
        pages.extend(found.filter(|path| path.extension().is_some_and(|ending| ending == "md")));
    }
    pages.sort();
    pages
}

/// The commands in the pages' shell blocks that begin with `program`, word by word, each with its page.
pub fn commands(root: &Path, program: &str) -> Vec<(PathBuf, Vec<String>)> {
    let mut commands = Vec::new();
    for page in pages(root) {
        let text = fs::read_to_string(&page).expect("a page");
        let text = text.replace("\\\n", " ");
        let mut shell = false;
        for line in text.lines().map(str::trim) {
            if line.starts_with("```") {
                shell = line == "```sh";
            } else if shell {
                let words = words(line);
                let wanted: Vec<&str> = program.split(' ').collect();
                if words.len() >= wanted.len() && words.iter().zip(&wanted).all(|(a, b)| a == b) {
                    commands.push((page.clone(), words));
                }
            }
        }
    }
    commands
}

/// Words of a line of a shell, in which quotes hold words together, a `#` begins a comment, and a variable
/// is 1.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut quoted, mut open) = (Vec::new(), false, false);
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        let letter = if letter == '$' {
            while letters.next_if(|next| next.is_alphanumeric()).is_some() {}
            '1'
        } else {
            letter
        };
        match letter {
            '"' => {
                (quoted, open) = (!quoted, if quoted { open } else { open || start(&mut words) })
            }
            '#' if !quoted && !open => break,
            ' ' if !quoted => open = false,
            other => {
                open = open || start(&mut words);
                if let Some(word) = words.last_mut() {
                    word.push(other);
                }
            }
        }
    }
    words
}

fn start(words: &mut Vec<String>) -> bool {
    words.push(String::new());
    true
}
