//! Operator families. Each file holds the builder methods of its operators, their gradient rules
//! and their ONNX form.

pub(super) mod binary;
pub(super) mod embed;
pub(super) mod index;
pub(super) mod layout;
pub(super) mod leaf;
pub(super) mod linear;
pub mod recurrent;
pub(super) mod reduce;
pub(super) mod softmax;
pub(super) mod unary;

use super::emit::Emitter;
use super::ir::{Graph, Node, Val};

/// Every operation of the graph, by family.
#[derive(Clone, Debug)]
pub(super) enum Op {
    Leaf(leaf::Leaf),
    Unary(unary::Unary),
    Binary(binary::Binary),
    Gemm(linear::Gemm),
    Reduce(reduce::Reduce),
    Layout(layout::Layout),
    Index(index::Index),
    Embed(embed::Embed),
    Softmax(softmax::Softmax),
    Recurrent(recurrent::Recurrent),
}

/// Gradients with respect to the inputs of `node`, given those of its outputs (`None` = zero).
///
/// `wanted[i]` says whether input `i` needs one; others may be left `None`.
pub(super) fn gradient(
    g: &mut Graph,
    node: &Node,
    upstream: &[Option<Val>],
    wanted: &[bool],
) -> Vec<Option<Val>> {
    match &node.op {
        Op::Leaf(_) => Vec::new(),
        Op::Unary(op) => op.gradient(g, node, upstream),
        Op::Binary(op) => op.gradient(g, node, upstream, wanted),
        Op::Gemm(op) => op.gradient(g, node, upstream, wanted),
        Op::Reduce(op) => op.gradient(g, node, upstream),
        Op::Layout(op) => op.gradient(g, node, upstream),
        Op::Index(op) => op.gradient(g, node, upstream, wanted),
        Op::Embed(op) => op.gradient(g, node, upstream, wanted),
        Op::Softmax(op) => op.gradient(g, node, upstream),
        Op::Recurrent(op) => op.gradient(g, node, upstream),
    }
}

/// Writes `node` as ONNX nodes.
pub(super) fn emit(e: &mut Emitter<'_>, node: &Node) {
    match &node.op {
        Op::Leaf(op) => op.emit(e, node),
        Op::Unary(op) => op.emit(e, node),
        Op::Binary(op) => op.emit(e, node),
        Op::Gemm(op) => op.emit(e, node),
        Op::Reduce(op) => op.emit(e, node),
        Op::Layout(op) => op.emit(e, node),
        Op::Index(op) => op.emit(e, node),
        Op::Embed(op) => op.emit(e, node),
        Op::Softmax(op) => op.emit(e, node),
        Op::Recurrent(op) => op.emit(e, node),
    }
}
