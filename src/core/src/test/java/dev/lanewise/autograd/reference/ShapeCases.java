package dev.lanewise.autograd.reference;

import static dev.lanewise.autograd.reference.Case.dims;
import static dev.lanewise.blas.Transpose.NO_TRANS;
import static dev.lanewise.blas.Transpose.TRANS;

import dev.lanewise.autograd.ElementwiseOps;
import dev.lanewise.autograd.IndexOps;
import dev.lanewise.autograd.MatrixOps;
import dev.lanewise.autograd.ShapeOps;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.autograd.higher.Arithmetic;
import dev.lanewise.autograd.higher.DoubleTensor;
import dev.lanewise.autograd.higher.Indexing;
import dev.lanewise.autograd.higher.Matrices;
import dev.lanewise.autograd.higher.Reductions;
import dev.lanewise.autograd.higher.TensorFunction;
import dev.lanewise.autograd.shapes.ExpandOps;
import dev.lanewise.autograd.shapes.SliceOps;
import dev.lanewise.autograd.shapes.TransposeOps;
import dev.lanewise.blas.Transpose;
import dev.lanewise.memory.TensorLayout;
import java.util.ArrayList;
import java.util.List;

/** Matrix products, shapes and broadcasting. */
final class ShapeCases {
  private ShapeCases() {}

  static List<Case> all() {
    List<Case> all = new ArrayList<>(matrices());
    all.addAll(shapes());
    all.addAll(broadcasts());
    return all;
  }

  private static List<Case> matrices() {
    return List.of(
        Case.of(
            "MatrixOps.linear",
            (t, x) -> MatrixOps.linear(t, x.get(0), x.get(1), x.get(2)),
            x -> Arithmetic.add(Matrices.matmul(x.get(0), NO_TRANS, x.get(1), TRANS), x.get(2)),
            List.of(dims(5, 7), dims(6, 7), dims(6)),
            List.of(dims(1, 1), dims(1, 1), dims(1)),
            List.of(dims(0, 3), dims(2, 3), dims(2)),
            List.of(dims(2, 0), dims(3, 0), dims(3))),
        Case.of(
            "MatrixOps.linear",
            (t, x) -> MatrixOps.linear(t, x.get(0), x.get(1), null),
            x -> Matrices.matmul(x.get(0), NO_TRANS, x.get(1), TRANS),
            List.of(dims(5, 7), dims(6, 7))),
        matmul(NO_TRANS, NO_TRANS, List.of(dims(5, 7), dims(7, 6))),
        matmul(TRANS, NO_TRANS, List.of(dims(7, 5), dims(7, 6))),
        matmul(NO_TRANS, TRANS, List.of(dims(5, 7), dims(6, 7))),
        matmul(TRANS, TRANS, List.of(dims(7, 5), dims(6, 7))),
        Case.of(
            "MatrixOps.matmul",
            (t, x) -> MatrixOps.matmul(t, x.get(0), x.get(1)),
            x -> Matrices.matmul(x.get(0), x.get(1)),
            List.of(dims(1, 1), dims(1, 1)),
            List.of(dims(0, 2), dims(2, 3)),
            List.of(dims(2, 0), dims(0, 3))),
        Case.of(
            "IndexOps.embedding",
            (t, x) -> IndexOps.embedding(t, x.get(0), t.ints(0, 3, 3, 1), 4),
            x -> Rows.embedding(x.get(0), 0, 3, 3, 1),
            List.of(dims(4, 7)),
            List.of(dims(4, 1))),
        Case.of(
            "IndexOps.embedding",
            (t, x) -> IndexOps.embedding(t, x.get(0), t.ints(), 0),
            x -> Rows.embedding(x.get(0)),
            List.of(dims(4, 3))));
  }

  private static Case matmul(Transpose transA, Transpose transB, List<TensorLayout> shapes) {
    return Case.of(
        "MatrixOps.matmul",
        (t, x) -> MatrixOps.matmul(t, x.get(0), transA, x.get(1), transB),
        x -> Matrices.matmul(x.get(0), transA, x.get(1), transB),
        shapes);
  }

  private static List<Case> shapes() {
    return List.of(
        Case.of(
            "ShapeOps.reshape",
            (t, x) -> ShapeOps.reshape(t, x.get(0), 1, x.get(0).layout().elements()),
            x -> Matrices.reshape(x.get(0), dims(1, x.get(0).layout().elements())),
            List.of(dims(5, 7)),
            List.of(dims()),
            List.of(dims(0, 3))),
        Case.of(
            "TransposeOps.permute",
            (t, x) -> TransposeOps.permute(t, x.get(0), 2, 0, 1),
            x -> Indexing.permute(x.get(0), 2, 0, 1),
            List.of(dims(2, 5, 7)),
            List.of(dims(1, 1, 1)),
            List.of(dims(2, 0, 3))),
        Case.of(
            "TransposeOps.transpose",
            (t, x) -> TransposeOps.transpose(t, x.get(0), 0, 1),
            x -> Matrices.transpose(x.get(0)),
            List.of(dims(5, 7)),
            List.of(dims(1, 1)),
            List.of(dims(0, 3))),
        Case.of(
            "SliceOps.slice",
            (t, x) -> SliceOps.slice(t, x.get(0), 1, 1, x.get(0).layout().dim(1) - 1),
            x -> Indexing.slice(x.get(0), 1, 1, x.get(0).layout().dim(1) - 1),
            List.of(dims(2, 5, 7)),
            List.of(dims(2, 2, 1)),
            List.of(dims(2, 1, 3)),
            List.of(dims(0, 4, 3))),
        Case.of(
            "SliceOps.concat",
            (t, x) -> SliceOps.concat(t, 1, x.get(0), x.get(1)),
            x -> Indexing.concat(1, x.get(0), x.get(1)),
            List.of(dims(2, 5, 7), dims(2, 3, 7)),
            List.of(dims(1, 1, 1), dims(1, 1, 1)),
            List.of(dims(2, 0, 3), dims(2, 1, 3)),
            List.of(dims(0, 1, 3), dims(0, 2, 3))),
        Case.of(
            "SliceOps.split",
            (t, x) -> {
              List<Tensor> parts = SliceOps.split(t, x.get(0), 1, 1, 2, 1);
              return SliceOps.concat(t, 1, parts.get(2), parts.get(0), parts.get(1));
            },
            x -> {
              DoubleTensor first = Indexing.slice(x.get(0), 1, 0, 3);
              return Indexing.concat(1, Indexing.slice(x.get(0), 1, 3, 1), first);
            },
            List.of(dims(5, 4)),
            List.of(dims(2, 4, 1)),
            List.of(dims(0, 4))),
        Case.of(
            "SliceOps.split",
            (t, x) -> {
              List<Tensor> parts = SliceOps.split(t, x.get(0), 0, 2, 2);
              return ElementwiseOps.mul(t, parts.get(0), parts.get(1));
            },
            x ->
                Arithmetic.mul(
                    Indexing.slice(x.get(0), 0, 0, 2), Indexing.slice(x.get(0), 0, 2, 2)),
            List.of(dims(4, 3))));
  }

  private static List<Case> broadcasts() {
    return List.of(
        Case.of(
            "ExpandOps.expand",
            (t, x) -> ExpandOps.expand(t, x.get(0), 3, 5, 4, 7),
            x -> Reductions.broadcastTo(x.get(0), dims(3, 5, 4, 7)),
            List.of(dims(5, 1, 7)),
            List.of(dims(1)),
            List.of(dims())),
        Case.of(
            "ExpandOps.expand",
            (t, x) -> ExpandOps.expand(t, x.get(0), 2, 0, 3),
            x -> Reductions.broadcastTo(x.get(0), dims(2, 0, 3)),
            List.of(dims(1, 3)),
            List.of(dims(0, 1))),
        broadcast(
            "ExpandOps.add",
            (t, x) -> ExpandOps.add(t, x.get(0), x.get(1)),
            x -> Arithmetic.add(x.get(0), x.get(1))),
        broadcast(
            "ExpandOps.sub",
            (t, x) -> ExpandOps.sub(t, x.get(0), x.get(1)),
            x -> Arithmetic.sub(x.get(0), x.get(1))),
        broadcast(
            "ExpandOps.mul",
            (t, x) -> ExpandOps.mul(t, x.get(0), x.get(1)),
            x -> Arithmetic.mul(x.get(0), x.get(1))),
        broadcast(
            "ExpandOps.div",
            (t, x) -> ExpandOps.div(t, x.get(0), x.get(1)),
            x -> Arithmetic.div(x.get(0), x.get(1))));
  }

  private static Case broadcast(String name, Case.Op op, TensorFunction form) {
    return Case.of(
        name,
        op,
        form,
        List.of(dims(5, 1, 7), dims(3, 1)),
        List.of(dims(5, 7), dims(7)),
        List.of(dims(5, 7), dims(5, 1)),
        List.of(dims(7), dims(5, 1)),
        List.of(dims(2, 3), dims()),
        List.of(dims(), dims(1, 1)),
        List.of(dims(0, 3), dims(3)),
        List.of(dims(1, 3), dims(0, 1)));
  }
}
