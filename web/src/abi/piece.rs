//! Whole pieces.

use alloc::boxed::Box;

use super::{BLOCK, Blob, Block};
use crate::{Loaded, Piece, Wishes};

/// A piece, and where its sound is read.
pub struct PieceDeck {
    piece: Piece,
    block: Block,
}

/// Composes a piece; nothing, if the model is none.
#[unsafe(no_mangle)]
pub extern "C" fn piece_new(
    model: &Loaded,
    wishes: &Wishes,
    rate: u32,
    seed: u64,
) -> Option<Box<PieceDeck>> {
    let wishes = wishes.clone().of(&model.habits);
    let piece = Piece::new(model.model.as_ref().ok()?, &wishes, rate, seed);
    Some(Box::new(PieceDeck { piece, block: Block::SILENT }))
}

#[unsafe(no_mangle)]
pub extern "C" fn piece_midi(deck: &PieceDeck) -> Box<Blob> {
    Box::new(Blob(deck.piece.midi()))
}

/// Renders the next `frames`, at most 1,024; `false` when there are none left.
#[unsafe(no_mangle)]
pub extern "C" fn piece_block(deck: &mut PieceDeck, frames: usize) -> bool {
    let frames = frames.min(BLOCK);
    deck.piece.block(&mut deck.block.left[..frames], &mut deck.block.right[..frames])
}

#[unsafe(no_mangle)]
pub extern "C" fn piece_left(deck: &PieceDeck) -> *const f32 {
    deck.block.left.as_ptr()
}

#[unsafe(no_mangle)]
pub extern "C" fn piece_right(deck: &PieceDeck) -> *const f32 {
    deck.block.right.as_ptr()
}
