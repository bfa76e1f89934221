//! The care that Keras takes of negative numbers before it looks a token up: they count from the
//! end, `token < 0 ? token + n : token`, spelled as a sum of products with flags. A token is never
//! negative, so all of it is the token.

use super::node::Node;
use super::value::Value;

/// What the node makes of the token, if it is of this kind.
pub(super) fn mended(node: Node, inputs: &[Option<&Value>]) -> Option<Value> {
    let input = |index: usize| inputs.get(index).copied().flatten();
    let number = |value: &Value| matches!(value, Value::Token | Value::Shifted);
    match (node.0.op_type.as_str(), input(0)?, input(1)) {
        ("Less", Value::Token, Some(Value::Constant(zero))) if zero.is_zero() => {
            Some(Value::Flag(false))
        }
        ("Not", Value::Flag(flag), None) => Some(Value::Flag(!flag)),
        ("Add", Value::Token, Some(Value::Constant(_))) => Some(Value::Shifted),
        ("Add", Value::Flag(false), Some(value)) | ("Add", value, Some(Value::Flag(false)))
            if number(value) =>
        {
            Some(value.clone())
        }
        ("Mul", Value::Flag(flag), Some(value)) | ("Mul", value, Some(Value::Flag(flag)))
            if number(value) =>
        {
            Some(if *flag { value.clone() } else { Value::Flag(false) })
        }
        ("Where", Value::Flag(flag), Some(then)) => {
            let otherwise = input(2)?;
            Some(if *flag { then } else { otherwise }.clone())
        }
        _ => None,
    }
}
