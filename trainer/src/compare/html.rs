//! A report as one HTML file, its pictures inside.

use super::{Report, Table};

const STYLE: &str = "\
:root { color-scheme: light dark; }\n\
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }\n\
h1, h2 { line-height: 1.2; } h2 { margin-top: 2.5rem; }\n\
.wide { overflow-x: auto; }\n\
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }\n\
th, td { padding: .25rem .75rem; text-align: right; border-bottom: 1px solid #8884; white-space: nowrap; }\n\
th:first-child, td:first-child { text-align: left; }\n\
figure { margin: 2rem 0; } svg { max-width: 100%; height: auto; }\n";

/// The report as HTML.
pub fn html(report: &Report) -> String {
    let title = escaped(&report.title);
    let mut text = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n\
         <style>\n{STYLE}</style>\n<h1>{title}</h1>\n"
    );
    for paragraph in &report.about {
        text += &format!("<p>{}</p>\n", escaped(paragraph));
    }
    report.tables.iter().for_each(|one| text += &table(one));
    for figure in &report.figures {
        let caption = escaped(&figure.caption);
        text += &format!("<figure><figcaption>{caption}</figcaption>\n{}</figure>\n", figure.svg);
    }
    if !report.pieces.is_empty() {
        text += "<h2>Listen</h2>\n<ul>\n";
        for (who, files) in &report.pieces {
            let links = files
                .iter()
                .enumerate()
                .map(|(at, file)| format!("<a href=\"{}\">{}</a>", escaped(file), at + 1));
            let links: Vec<String> = links.collect();
            text += &format!("<li>{}: {}</li>\n", escaped(who), links.join(", "));
        }
        text += "</ul>\n";
    }
    text + "</html>\n"
}

fn table(table: &Table) -> String {
    let row = |kind: &str, name: &str, cells: &[String]| {
        let cells: String =
            cells.iter().map(|cell| format!("<{kind}>{}</{kind}>", escaped(cell))).collect();
        format!("<tr><th scope=\"row\">{}</th>{cells}</tr>\n", escaped(name))
    };
    let rows: String = table.rows.iter().map(|(name, cells)| row("td", name, cells)).collect();
    format!(
        "<h2>{}</h2>\n<div class=\"wide\"><table>\n<thead>{}</thead>\n<tbody>\n{rows}</tbody></table></div>\n",
        escaped(&table.caption),
        row("th", "", &table.heads)
    )
}

/// Text as it may stand in HTML and SVG.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::super::{Figure, markdown};
    use super::*;

    #[test]
    fn all_of_a_report_is_told_in_both() {
        let mut table = Table::new("Measures", ["a<b".to_owned()]);
        table.row("loops", ["1.5".to_owned()]);
        let report = Report {
            title: "Two & more".to_owned(),
            about: vec!["How.".to_owned()],
            tables: vec![table],
            figures: vec![Figure {
                caption: "Rolls".to_owned(),
                file: "rolls.svg".to_owned(),
                svg: "<svg></svg>".to_owned(),
            }],
            pieces: vec![("gru".to_owned(), vec!["gru-1.mid".to_owned()])],
        };
        let (page, text) = (html(&report), markdown(&report));
        for part in ["Two &amp; more", "How.", "a&lt;b", "loops", "1.5", "<svg></svg>", "gru-1.mid"]
        {
            assert!(page.contains(part), "{part}");
        }
        for part in
            ["# Two & more", "How.", "| a<b |", "| loops | 1.5 |", "(rolls.svg)", "[1](gru-1.mid)"]
        {
            assert!(text.contains(part), "{part}");
        }
    }
}
