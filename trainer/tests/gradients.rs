//! Every gradient rule against central differences.

mod common;

use common::differences::Range::{Positive, Signed};
use common::differences::check;
use musigan_train::graph::{Graph, Side, Val};

/// A test of functions of one argument.
macro_rules! unary {
    ($($name:ident: $range:expr, $f:expr;)*) => {$(
        #[test]
        fn $name() {
            let f: fn(&mut Graph, Val) -> Val = $f;
            check(&[(&[2, 3], $range)], |g, x| vec![f(g, x[0])]);
        }
    )*};
}

unary! {
    neg: Signed, |g, x| g.neg(x);
    exp: Signed, |g, x| g.exp(x);
    log: Positive, |g, x| g.log(x);
    sqrt: Positive, |g, x| g.sqrt(x);
    sigmoid: Signed, |g, x| g.sigmoid(x);
    tanh: Signed, |g, x| g.tanh(x);
    relu: Signed, |g, x| g.relu(x);
    leaky_relu: Signed, |g, x| g.leaky_relu(x);
    softplus: Signed, |g, x| g.softplus(x);
    sign: Signed, |g, x| g.sign(x);
    scale: Signed, |g, x| g.scale(x, -2.5);
    reshape: Signed, |g, x| g.reshape(x, &[3, 1, 2]);
    transpose: Signed, |g, x| g.transpose(x, &[1, 0]);
    slice: Signed, |g, x| g.slice(x, 1, 1, 3);
    pad: Signed, |g, x| g.pad(x, 0, 2, 1);
    sum_of_an_axis: Signed, |g, x| g.sum(x, &[0]);
    sum_of_all: Signed, |g, x| g.sum_all(x);
    sum_square: Signed, |g, x| g.sum_square(x);
    log_softmax: Signed, |g, x| g.log_softmax(x);
}

/// A test of functions of two arguments, of the same shape and broadcast either way.
macro_rules! binary {
    ($($name:ident: $range:expr, $f:expr;)*) => {$(
        #[test]
        fn $name() {
            let f: fn(&mut Graph, Val, Val) -> Val = $f;
            let shapes: [[&[usize]; 2]; 4] =
                [[&[2, 3], &[2, 3]], [&[2, 3], &[3]], [&[2, 1], &[2, 3]], [&[], &[4, 1, 2]]];
            for [a, b] in shapes {
                check(&[(a, Signed), (b, $range)], |g, x| vec![f(g, x[0], x[1])]);
            }
        }
    )*};
}

binary! {
    add: Signed, |g, a, b| g.add(a, b);
    sub: Signed, |g, a, b| g.sub(a, b);
    mul: Signed, |g, a, b| g.mul(a, b);
    div: Positive, |g, a, b| g.div(a, b);
    min: Signed, |g, a, b| g.min(a, b);
}

#[test]
fn min_of_equal_values_gives_its_gradient_to_the_first() {
    // No difference has a limit there; what clipping relies on is that nothing is lost or doubled.
    use musigan_train::graph::Dtype;
    use musigan_train::session::{Program, Threads};
    let g = &mut Graph::new(Dtype::F64);
    let (a, b) = (g.input("a", &[]), g.input("b", &[]));
    let y = g.min(a, b);
    let d = g.gradients(y, &[a, b]);
    let lowered = g.lower(&[("da", d[0]), ("db", d[1])]);
    let mut p = Program::new(&common::runtime(), &lowered, &[], Threads(1)).expect("a session");
    for (a, b, wanted) in [(1.0, 1.0, [1.0, 0.0]), (1.0, 2.0, [1.0, 0.0]), (2.0, 1.0, [0.0, 1.0])] {
        p.set("a", &[a]).expect("a");
        p.set("b", &[b]).expect("b");
        p.run().expect("a run");
        let found = ["da", "db"].map(|name| p.read::<f64>(name).expect("a gradient")[0]);
        assert_eq!(found, wanted, "min({a}, {b})");
    }
}

#[test]
fn expand() {
    check(&[(&[2, 1, 3], Signed)], |g, x| vec![g.expand(x[0], &[4, 2, 5, 3])]);
}

#[test]
fn concat() {
    check(&[(&[2, 1], Signed), (&[2, 3], Signed)], |g, x| vec![g.concat(&[x[0], x[1], x[0]], 1)]);
}

#[test]
fn a_value_used_twice_sums_its_gradients() {
    check(&[(&[3], Signed)], |g, x| {
        let square = g.mul(x[0], x[0]);
        vec![g.mul(square, x[0]), g.exp(square)]
    });
}

#[test]
fn a_value_the_result_does_not_depend_on_has_gradient_zero() {
    check(&[(&[3], Signed), (&[2], Signed)], |g, x| {
        let _ = g.exp(x[1]);
        vec![g.exp(x[0])]
    });
}

#[test]
fn matrix_products_plain_and_transposed() {
    for side_a in [Side::Plain, Side::Transposed] {
        for side_b in [Side::Plain, Side::Transposed] {
            let a: &[usize] = if side_a == Side::Plain { &[2, 3] } else { &[3, 2] };
            let b: &[usize] = if side_b == Side::Plain { &[3, 4] } else { &[4, 3] };
            check(&[(a, Signed), (b, Signed)], |g, x| vec![g.product(x[0], side_a, x[1], side_b)]);
        }
    }
}

#[test]
fn affine() {
    check(&[(&[4, 3], Signed), (&[3, 2], Signed), (&[2], Signed)], |g, x| {
        vec![g.affine(x[0], x[1], x[2])]
    });
}

#[test]
fn rows_of_a_table_some_of_them_twice() {
    check(&[(&[5, 2], Signed)], |g, x| {
        let index = g.ints(&[2, 3], vec![4, 0, 4, 1, 4, 3]);
        vec![g.rows(x[0], index)]
    });
}

#[test]
fn embed_with_fewer_and_with_more_rows_than_indices() {
    for rows in [3, 9] {
        check(&[(&[rows, 2], Signed), (&[2, 4], Signed), (&[4], Signed)], |g, x| {
            let index = g.ints(&[5], vec![2, 0, 2, 1, 2]);
            vec![g.embed(x[0], index, x[1], x[2])]
        });
    }
}

#[test]
fn pick() {
    check(&[(&[3, 4], Signed)], |g, x| {
        let index = g.ints(&[3, 1], vec![3, 0, 3]);
        vec![g.pick(x[0], index)]
    });
}

#[test]
fn add_at() {
    check(&[(&[3, 4], Signed), (&[3, 1], Signed)], |g, x| {
        let index = g.ints(&[3, 1], vec![1, 2, 1]);
        vec![g.add_at(x[0], x[1], index)]
    });
}

#[test]
fn cross_entropy() {
    check(&[(&[3, 5], Signed)], |g, x| {
        let target = g.ints(&[3, 1], vec![4, 0, 2]);
        let (nats, logs) = g.cross_entropy(x[0], target);
        vec![nats, logs]
    });
}

/// `x·W + b`, R, h and c of a layer with two streams, three steps and two units.
const LSTM: [(&[usize], common::differences::Range); 4] =
    [(&[3, 2, 8], Signed), (&[2, 8], Signed), (&[2, 2], Signed), (&[2, 2], Signed)];

#[test]
fn lstm() {
    check(&LSTM, |g, x| {
        let out = g.lstm(x[0], x[1], x[2], x[3], None);
        vec![out.y, out.h].into_iter().chain(out.c).collect()
    });
}

#[test]
fn lstm_with_pieces_that_begin_inside_the_window() {
    check(&LSTM, |g, x| {
        let keep = g.floats(&[3, 2, 1], vec![0.0, 1.0, 1.0, 0.0, 1.0, 1.0]);
        let out = g.lstm(x[0], x[1], x[2], x[3], Some(keep));
        vec![out.y, out.h].into_iter().chain(out.c).collect()
    });
}

#[test]
fn lstm_of_which_only_the_sequence_is_used() {
    check(&LSTM, |g, x| vec![g.lstm(x[0], x[1], x[2], x[3], None).y]);
}

/// `x·W + b`, R, the candidate's bias and h of a layer of the same size.
const GRU: [(&[usize], common::differences::Range); 4] =
    [(&[3, 2, 6], Signed), (&[2, 6], Signed), (&[2], Signed), (&[2, 2], Signed)];

#[test]
fn gru() {
    check(&GRU, |g, x| {
        let out = g.gru(x[0], x[1], x[2], x[3], None);
        vec![out.y, out.h]
    });
}

#[test]
fn gru_with_pieces_that_begin_inside_the_window() {
    check(&GRU, |g, x| {
        let keep = g.floats(&[3, 2, 1], vec![0.0, 1.0, 1.0, 0.0, 1.0, 1.0]);
        let out = g.gru(x[0], x[1], x[2], x[3], Some(keep));
        vec![out.y, out.h]
    });
}

#[test]
fn gru_of_which_only_the_sequence_is_used() {
    check(&GRU, |g, x| vec![g.gru(x[0], x[1], x[2], x[3], None).y]);
}

#[test]
fn gradients_of_gradients() {
    check(&[(&[2, 3], Positive), (&[3, 2], Signed)], |g, x| {
        let y = g.matmul(x[0], x[1]);
        let y = g.tanh(y);
        let root = g.sqrt(x[0]);
        let (a, b) = (g.sum_square(y), g.sum_square(root));
        let loss = g.div(a, b);
        g.gradients(loss, x)
    });
}

#[test]
fn gradients_of_gradients_of_a_cross_entropy() {
    check(&[(&[3, 4], Signed)], |g, x| {
        let target = g.ints(&[3, 1], vec![3, 0, 1]);
        let (nats, _) = g.cross_entropy(x[0], target);
        let square = g.sum_square(nats);
        g.gradients(square, x)
    });
}
