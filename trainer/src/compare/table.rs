//! Tables, for Markdown and HTML alike.

/// A table. The first column names the rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// What it shows.
    pub caption: String,
    /// The heads of the columns, without the first.
    pub heads: Vec<String>,
    /// The rows: name and cells.
    pub rows: Vec<(String, Vec<String>)>,
}

impl Table {
    /// A table without rows.
    pub fn new(caption: &str, heads: impl IntoIterator<Item = String>) -> Self {
        Self { caption: caption.to_owned(), heads: heads.into_iter().collect(), rows: Vec::new() }
    }

    /// Adds a row.
    pub fn row(&mut self, name: &str, cells: impl IntoIterator<Item = String>) {
        self.rows.push((name.to_owned(), cells.into_iter().collect()));
    }
}

/// A number for a table: as many digits as tell something; a dash for none.
pub fn number(x: f64, digits: usize) -> String {
    if x.is_finite() { format!("{x:.digits$}") } else { "–".to_owned() }
}
