//! The attributes of a node and its name in messages.

use tract_onnx::pb::{AttributeProto, NodeProto};

/// A node of the graph.
#[derive(Clone, Copy)]
pub(crate) struct Node<'a>(pub(crate) &'a NodeProto);

impl<'a> Node<'a> {
    /// `LSTM 'name'`, as messages call it.
    pub(crate) fn title(self) -> String {
        let node = self.0;
        let name = if node.name.is_empty() { node.output.first() } else { Some(&node.name) };
        format!("{} '{}'", node.op_type, name.map_or("", String::as_str))
    }

    fn attribute(self, name: &str) -> Option<&'a AttributeProto> {
        self.0.attribute.iter().find(|attribute| attribute.name == name)
    }

    pub(crate) fn has(self, name: &str) -> bool {
        self.attribute(name).is_some()
    }

    pub(crate) fn integer(self, name: &str, default: i64) -> i64 {
        self.attribute(name).map_or(default, |attribute| attribute.i)
    }

    pub(crate) fn float(self, name: &str, default: f32) -> f32 {
        self.attribute(name).map_or(default, |attribute| attribute.f)
    }

    pub(crate) fn integers(self, name: &str) -> Option<&'a [i64]> {
        self.attribute(name).map(|attribute| &attribute.ints[..])
    }

    pub(crate) fn text(self, name: &str) -> Option<String> {
        self.attribute(name).map(|attribute| String::from_utf8_lossy(&attribute.s).into_owned())
    }

    pub(crate) fn texts(self, name: &str) -> Option<Vec<String>> {
        let lossy = |text: &Vec<u8>| String::from_utf8_lossy(text).into_owned();
        self.attribute(name).map(|attribute| attribute.strings.iter().map(lossy).collect())
    }

    pub(crate) fn tensor(self, name: &str) -> Option<&'a tract_onnx::pb::TensorProto> {
        self.attribute(name).and_then(|attribute| attribute.t.as_ref())
    }
}
