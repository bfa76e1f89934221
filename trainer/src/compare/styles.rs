//! Which style a piece is of, by the tokens of others.

use musigan_score::events::{Style, kind};

use crate::corpus::{NGram, TokenPiece};

/// What is kept of the probability of what was seen, for what was not.
const DISCOUNT: f64 = 0.5;

/// Knows the styles of a corpus by a trigram of each, and finds a piece to be of that by which it is the
/// likeliest. It has nothing from the models that it judges.
#[derive(Clone, Debug)]
pub struct Connoisseur(Vec<(Style, NGram)>);

impl Connoisseur {
    /// One who has heard these pieces; `None` where they are of fewer than two styles.
    pub fn of(pieces: &[TokenPiece]) -> Option<Self> {
        let known = Style::ALL.into_iter().filter_map(|style| {
            let of = |piece: &&TokenPiece| style_of(piece) == Some(style);
            let sentences: Vec<_> = pieces.iter().filter(of).map(TokenPiece::plain).collect();
            let unigram = NGram::unigram(&sentences, 1.0);
            let trigram = unigram.extended(&sentences, DISCOUNT).extended(&sentences, DISCOUNT);
            (!sentences.is_empty()).then_some((style, trigram))
        });
        let known: Vec<_> = known.collect();
        (known.len() > 1).then_some(Self(known))
    }

    /// The styles that it knows.
    pub fn styles(&self) -> impl Iterator<Item = Style> {
        self.0.iter().map(|&(style, _)| style)
    }

    /// The style of a sentence, by its first bars: neither tags nor instruments are looked at.
    pub fn style(&self, sentence: &[u16], bars: usize) -> Style {
        let heard = beginning(sentence, bars);
        let nats = |trigram: &NGram| -> f64 {
            let told = (1..heard.len()).map(|at| trigram.probability(&heard[..at], heard[at]).ln());
            told.sum()
        };
        let known = self.0.iter().map(|(style, trigram)| (*style, nats(trigram)));
        let likeliest = known.max_by(|one, other| one.1.total_cmp(&other.1));
        likeliest.map_or(Style::ArtSong, |(style, _)| style)
    }

    /// The share of pieces, of those whose style is told, that are found to be of it.
    pub fn right(&self, pieces: &[TokenPiece], bars: usize) -> f64 {
        let told: Vec<_> = pieces.iter().filter_map(|one| Some((style_of(one)?, one))).collect();
        let right = told.iter().filter(|(style, one)| self.style(&one.tokens, bars) == *style);
        right.count() as f64 / told.len() as f64
    }
}

/// The style that a piece is told to be of.
fn style_of(piece: &TokenPiece) -> Option<Style> {
    let tag = piece.tokens.iter().find(|token| kind::STYLE.contains(*token))?;
    Style::ALL.get(usize::from(tag - kind::STYLE.start)).copied()
}

/// The first bars of a sentence, without tags; the head, which names the instruments, is not among them.
fn beginning(sentence: &[u16], bars: usize) -> Vec<u16> {
    let mut lines = 0;
    let bars =
        sentence.iter().copied().skip_while(|&token| token != kind::BAR).take_while(|&token| {
            lines += usize::from(token == kind::BAR);
            lines <= bars
        });
    let tags = [kind::STYLE, kind::KEY, kind::DENSITY];
    bars.filter(|token| tags.iter().all(|kind| !kind.contains(token))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sentence of `pitches` over and over, said to be of a style.
    fn piece(style: Style, pitches: &[u16]) -> TokenPiece {
        let notes = pitches.iter().map(|pitch| kind::PITCH.start + pitch);
        let bar: Vec<u16> = std::iter::once(kind::BAR).chain(notes).collect();
        let mut tokens = vec![kind::BOS, kind::STYLE.start + style as u16];
        (0..20).for_each(|_| tokens.extend(&bar));
        let (notes, range) = (20 * pitches.len() as u32, 0..=0);
        TokenPiece { name: String::new(), tokens, notes, ticks: 0, range, hash: 0 }
    }

    #[test]
    fn a_style_is_known_by_what_is_usual_in_it_and_not_by_its_name() {
        let pieces = [
            piece(Style::Folk, &[1, 2, 3]),
            piece(Style::Jazz, &[3, 6, 1]),
            piece(Style::Band, &[9]),
        ];
        assert!(Connoisseur::of(&pieces[..1]).is_none());
        let ears = Connoisseur::of(&pieces).unwrap();
        assert_eq!(ears.styles().collect::<Vec<_>>(), [Style::Band, Style::Folk, Style::Jazz]);
        assert_eq!(ears.right(&pieces, 4), 1.0);
        let named_otherwise = piece(Style::Jazz, &[1, 2, 3]);
        assert_eq!(ears.style(&named_otherwise.tokens, 4), Style::Folk);
        assert_eq!(ears.right(&[named_otherwise], 4), 0.0);
    }
}
