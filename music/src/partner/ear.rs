use alloc::vec::Vec;

use musigan_engine::composer::{Bookmark, Composer, Opening};
use musigan_engine::generator::Generator;
use musigan_score::Token;
use musigan_score::events::kind;

/// Lets a composer hear what is written down, a little at a time, and no more of it than is new.
///
/// A sentence mostly grows at its end; what was told of the last bar may change. So the composer
/// keeps a bookmark at the last bar line before which nothing changes any more.
#[derive(Debug)]
pub struct Ear<'a> {
    /// What the composer has heard.
    heard: Vec<Token>,
    bookmark: Bookmark<'a>,
    /// How much it had heard where the bookmark is.
    marked: Option<usize>,
    /// The composer has said something itself since.
    spoiled: bool,
    seed: u64,
}

impl<'a> Ear<'a> {
    /// An ear for a composer that has heard nothing; chance begins at `seed`.
    pub fn new(bookmark: Bookmark<'a>, seed: u64) -> Self {
        Self { heard: Vec::new(), bookmark, marked: None, spoiled: true, seed }
    }

    /// The composer has spoken: what it said is not what was heard.
    pub fn spoil(&mut self) {
        self.spoiled = true;
    }

    /// Brings the composer nearer to having heard exactly `sentence`, by at most `most` tokens, and
    /// tells whether it has. Bar lines before the token `firm` are there to stay.
    pub fn hear<'o, G: Generator + ?Sized>(
        &mut self,
        composer: &mut Composer<'o, G>,
        sentence: &[Token],
        firm: usize,
        most: usize,
    ) -> bool {
        let common =
            self.heard.iter().zip(sentence).take_while(|(heard, wanted)| heard == wanted).count();
        if self.spoiled || common < self.heard.len() {
            match self.marked.filter(|&marked| marked <= common) {
                Some(marked) => {
                    composer.go_back(&self.bookmark);
                    self.heard.truncate(marked);
                }
                None => {
                    self.seed = self.seed.wrapping_add(1);
                    composer.begin(Opening::default(), self.seed);
                    self.heard.clear();
                    self.marked = None;
                }
            }
            self.spoiled = false;
        }
        for &token in sentence.iter().skip(self.heard.len()).take(most) {
            let here = self.heard.len();
            if token == Token(kind::BAR) && here < firm {
                composer.mark(&mut self.bookmark);
                self.marked = Some(here);
            }
            composer.hear(token);
            self.heard.push(token);
        }
        self.heard.len() == sentence.len()
    }
}
