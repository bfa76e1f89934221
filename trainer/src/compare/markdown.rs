//! A report as Markdown.

use std::fmt::Write;

use super::{Report, Table};

/// The report as Markdown; its pictures are files beside it.
pub fn markdown(report: &Report) -> String {
    let mut text = format!("# {}\n", report.title);
    for paragraph in &report.about {
        text += &format!("\n{paragraph}\n");
    }
    report.tables.iter().for_each(|one| text += &markdown_table(one));
    for figure in &report.figures {
        text += &format!("\n![{}]({})\n", figure.caption, figure.file);
    }
    if !report.pieces.is_empty() {
        text += "\n## Listen\n\n";
    }
    for (who, files) in &report.pieces {
        let links: Vec<String> =
            files.iter().enumerate().map(|(at, file)| format!("[{}]({file})", at + 1)).collect();
        text += &format!("- {who}: {}\n", links.join(", "));
    }
    text
}

/// A table as Markdown, under its caption.
pub fn markdown_table(table: &Table) -> String {
    let line = |name: &str, cells: &[String]| {
        let mut line = format!("| {name} |");
        cells.iter().for_each(|cell| {
            let _ = write!(line, " {cell} |");
        });
        line + "\n"
    };
    let mut text = format!("\n## {}\n\n", table.caption);
    text += &line("", &table.heads);
    text += &line("---", &vec!["---:".to_owned(); table.heads.len()]);
    table.rows.iter().for_each(|(name, cells)| text += &line(name, cells));
    text
}
