//! What was counted on emulated boards, as a file: one line for each.

use anyhow::{Context, Result, bail};

/// The columns of the file, in their order.
pub const COLUMNS: &str = "board,flash,statics,heap,state,stack,notes,note_mean,note_most,tokens,\
                           token_mean,token_most,head_most,halves,half_mean,half_most,score,\
                           audio,others";

/// One board's counts: bytes, instructions, hashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measured {
    /// The profile's name.
    pub board: String,
    /// Bytes of the program in flash, the model among them.
    pub flash: u64,
    /// Bytes of static memory, heap and stack left out.
    pub statics: u64,
    /// Bytes of the heap at its seal.
    pub heap: u64,
    /// Bytes of it that are the model's state and logits.
    pub state: u64,
    /// The most bytes of stack in use, and its guard.
    pub stack: u64,
    /// Notes composed, and instructions for one: mean and most.
    pub notes: [u64; 3],
    /// Tokens composed, and instructions for one: mean and most.
    pub tokens: [u64; 3],
    /// Instructions for the head of a piece, which comes before its first bar.
    pub head: u64,
    /// Half-buffers rendered, and instructions for one: mean and most.
    pub halves: [u64; 3],
    /// The hash of the notes.
    pub score: u64,
    /// The hash of the samples.
    pub audio: u64,
    /// The hash of the other pieces' notes, whose costs are among the dearest here.
    pub others: u64,
}

impl Measured {
    /// Reads a file of them.
    ///
    /// # Errors
    /// Where the columns are others, or a number is none.
    pub fn read_all(text: &str) -> Result<Vec<Self>> {
        let mut lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
        if lines.next() != Some(COLUMNS) {
            bail!("the columns are not {COLUMNS}: run `cargo xtask firmware`");
        }
        lines.map(|line| Self::read(line).with_context(|| format!("in {line:?}"))).collect()
    }

    /// Bytes of all memory.
    pub fn ram(&self) -> u64 {
        self.statics + self.heap + self.stack
    }

    fn read(line: &str) -> Result<Self> {
        let mut cells = line.split(',');
        let board = cells.next().unwrap_or_default().to_owned();
        let mut number = || -> Result<u64> {
            let cell = cells.next().context("a column is missing")?;
            let number = match cell.strip_prefix("0x") {
                Some(hexadecimal) => u64::from_str_radix(hexadecimal, 16),
                None => cell.parse(),
            };
            number.with_context(|| format!("{cell:?} is no number"))
        };
        Ok(Self {
            board,
            flash: number()?,
            statics: number()?,
            heap: number()?,
            state: number()?,
            stack: number()?,
            notes: [number()?, number()?, number()?],
            tokens: [number()?, number()?, number()?],
            head: number()?,
            halves: [number()?, number()?, number()?],
            score: number()?,
            audio: number()?,
            others: number()?,
        })
    }
}
