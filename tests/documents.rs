//! The pages hold true: their links lead somewhere, jobs are there, the vocabulary is the one that is described, and the
//! engine's example is the one that its own documentation runs.

mod pages;

use std::fs;
use std::path::Path;

use musigan_score::events::{Decoder, Event, Symbol, VOCABULARY, kind};
use musigan_score::{Instrument, Program, Token};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn page(name: &str) -> String {
    fs::read_to_string(root().join(name)).expect("a page")
}

#[test]
fn links_lead_to_files() {
    let mut seen = 0;
    for page in pages::pages(root()) {
        let text = fs::read_to_string(&page).expect("a page");
        for link in text.split("](").skip(1).filter_map(|rest| rest.split_once(')')) {
            let (to, _) = link.0.split_once('#').unwrap_or((link.0, ""));
            if to.is_empty() || to.contains("://") {
                continue;
            }
            assert!(page.with_file_name(to).exists(), "{} links to {to}", page.display());
            seen += 1;
        }
    }
    assert!(seen > 40, "{seen} links");
}

#[test]
fn jobs_that_are_named_are_there() {
    let jobs = page("xtask/src/main.rs");
    let commands = pages::commands(root(), "cargo xtask");
    assert!(commands.len() > 10, "{}", commands.len());
    for (page, words) in commands {
        let job = words.get(2).unwrap_or_else(|| panic!("{}: {words:?}", page.display()));
        assert!(jobs.contains(&format!("Some({job:?}) =>")), "{}: {words:?}", page.display());
    }
}

#[test]
fn the_vocabulary_is_the_one_that_is_described() {
    let text = page("docs/vocabulary.md");
    let row = |name: &str| {
        let begins = format!("| `{name}` | ");
        let line = text.lines().find_map(|line| line.strip_prefix(begins.as_str()));
        line.and_then(|line| line.split(" |").next()).unwrap_or_else(|| panic!("no row {name}"))
    };
    for (name, token) in
        [("Pad", kind::PAD), ("Bos", kind::BOS), ("Eos", kind::EOS), ("Bar", kind::BAR)]
    {
        assert_eq!(row(name), token.to_string(), "{name}");
    }
    let runs = [
        ("Position", kind::POSITION),
        ("Pitch", kind::PITCH),
        ("Drum", kind::DRUM),
        ("Duration", kind::DURATION),
        ("Velocity", kind::VELOCITY),
        ("Part", kind::PART),
        ("Program", kind::PROGRAM),
        ("Metre", kind::METRE),
        ("Tempo", kind::TEMPO),
        ("Key", kind::KEY),
        ("Density", kind::DENSITY),
        ("Style", kind::STYLE),
    ];
    for (name, run) in &runs {
        assert_eq!(row(name), format!("{}–{}", run.start, run.end - 1), "{name}");
    }
    assert!(text.contains(&format!("a sentence of {VOCABULARY} tokens")));
    let grammar = |text: &str| {
        let lines = text.lines().map(|line| line.trim_start_matches("//! "));
        let lines = lines.skip_while(|line| !line.starts_with("piece    ="));
        lines.take_while(|line| !line.starts_with("```")).map(str::to_owned).collect::<Vec<_>>()
    };
    let specified = grammar(&page("score/src/events/mod.rs"));
    assert!(specified.len() == 5 && grammar(&text) == specified);
}

#[test]
fn the_sentence_that_is_shown_is_the_note_that_is_said() {
    let text = page("docs/vocabulary.md");
    let cells = |line: &str| {
        line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>()
    };
    let lines: Vec<&str> = text.lines().collect();
    let at = lines.iter().position(|line| line.starts_with("| 1 |")).expect("a sentence");
    let (numbers, names) = (cells(lines[at]), cells(lines[at + 2]));
    assert_eq!(numbers.len(), names.len());
    let (mut decoder, mut notes) = (Decoder::new(), Vec::new());
    for (number, name) in numbers.iter().zip(&names) {
        let token = Token(number.parse().expect("a token"));
        assert!(decoder.allows(token), "{name}");
        let symbol = format!("{:?}", Symbol::of(token).expect("a symbol"));
        assert!(symbol.starts_with(name.trim_matches('`')), "{symbol} is no {name}");
        let tempo = decoder.tempo();
        if let Some(Event::Note(note)) = decoder.push(token) {
            assert_eq!(decoder.instrument(note.part), Some(Instrument::Program(Program::PIANO)));
            assert_eq!(tempo.bpm(), 94);
            notes.push((note.onset.0, note.duration, note.pitch.key(), note.velocity.value()));
        }
    }
    assert_eq!(notes, [(0, 24, 60, 68)]);
}

#[test]
fn the_engine_s_example_is_the_one_that_runs() {
    let text = page("docs/engine.md");
    let specified = page("engine/src/lib.rs");
    let block = text.split("```rust\n").nth(1).and_then(|rest| rest.split("```").next());
    let mut shown = 0;
    for line in block.expect("an example").lines().filter(|line| !line.trim().is_empty()) {
        assert!(specified.contains(&format!("//! {line}\n")), "{line}");
        shown += 1;
    }
    assert!(shown > 10);
}
