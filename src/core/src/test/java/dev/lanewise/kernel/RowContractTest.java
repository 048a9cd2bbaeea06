package dev.lanewise.kernel;

import static dev.lanewise.kernel.RowOp.in;
import static dev.lanewise.kernel.RowOp.index;
import static dev.lanewise.kernel.RowOp.out;
import static dev.lanewise.kernel.RowOp.perColumn;
import static dev.lanewise.kernel.RowOp.perRow;
import static dev.lanewise.kernel.RowOp.perRowOut;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.kernel.RowOp.Operand;
import dev.lanewise.kernel.RowOp.Shape;
import dev.lanewise.kernel.norm.segments.LayerNorm;
import dev.lanewise.kernel.norm.segments.ResidualLayerNorm;
import dev.lanewise.kernel.norm.segments.ResidualRmsNorm;
import dev.lanewise.kernel.norm.segments.RmsNorm;
import dev.lanewise.kernel.reduce.segments.ColumnNorm;
import dev.lanewise.kernel.reduce.segments.RowMax;
import dev.lanewise.kernel.reduce.segments.RowNorm;
import dev.lanewise.kernel.reduce.segments.RowSum;
import dev.lanewise.kernel.reduce.segments.RowVariance;
import dev.lanewise.kernel.softmax.segments.LogSoftmax;
import dev.lanewise.kernel.softmax.segments.LogSumExp;
import dev.lanewise.kernel.softmax.segments.Softmax;
import dev.lanewise.kernel.softmax.segments.SoftmaxCrossEntropy;
import dev.lanewise.simd.Lanes;
import dev.lanewise.testing.AllocatedBytes;
import dev.lanewise.testing.GuardedFloats;
import dev.lanewise.testing.RowModel;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What every kernel over rows keeps, whatever it computes: the split of the rows changes no bit,
 * rows outside of the range and memory outside of the operands stay as they are, rows know nothing
 * of each other, the documented aliases are allowed, nothing is allocated.
 */
class RowContractTest {
  private static final int ROWS = 5;

  static List<RowOp> ops() {
    return List.of(
        RowOp.of(
            "RowSum.forward",
            (s, b, e, n) -> RowSum.forward(s[0], s[1], b, e, n),
            in("x"),
            perRowOut("y")),
        RowOp.of(
            "RowSum.mean",
            (s, b, e, n) -> RowSum.mean(s[0], s[1], b, e, n),
            in("x"),
            perRowOut("y")),
        RowOp.of(
            "RowSum.backward",
            (s, b, e, n) -> RowSum.backward(s[0], s[1], 0.5f, b, e, n),
            perRow("dy"),
            out("dx")),
        RowOp.of(
            "Softmax.forward",
            (s, b, e, n) -> Softmax.forward(s[0], s[1], b, e, n),
            in("x"),
            out("y=x")),
        RowOp.of(
            "Softmax.forwardLengths",
            (s, b, e, n) -> Softmax.forwardLengths(s[0], s[1], s[2], 0.5f, b, e, n),
            in("x"),
            index("lengths"),
            out("y=x")),
        RowOp.of(
            "Softmax.forwardCausal",
            (s, b, e, n) -> Softmax.forwardCausal(s[0], s[1], 0.5f, 3, n - 3, b, e, n),
            in("x"),
            out("y=x")),
        RowOp.of(
            "Softmax.backward",
            (s, b, e, n) -> Softmax.backward(s[0], s[1], s[2], 0.5f, b, e, n),
            in("y"),
            in("dy"),
            out("dx=y,dy")),
        RowOp.of(
            "LogSoftmax.forward",
            (s, b, e, n) -> LogSoftmax.forward(s[0], s[1], b, e, n),
            in("x"),
            out("y=x")),
        RowOp.of(
            "LogSoftmax.backward",
            (s, b, e, n) -> LogSoftmax.backward(s[0], s[1], s[2], b, e, n),
            in("y"),
            in("dy"),
            out("dx=y,dy")),
        RowOp.of(
            "LogSumExp.forward",
            (s, b, e, n) -> LogSumExp.forward(s[0], s[1], b, e, n),
            in("x"),
            perRowOut("y")),
        RowOp.of(
            "LogSumExp.backward",
            (s, b, e, n) -> LogSumExp.backward(s[0], s[1], s[2], b, e, n),
            in("x"),
            perRow("dy"),
            out("dx=x")),
        RowOp.of(
            "SoftmaxCrossEntropy.forward",
            (s, b, e, n) -> SoftmaxCrossEntropy.forward(s[0], s[1], s[2], s[3], 0.1f, -1, b, e, n),
            in("logits"),
            index("targets"),
            perColumn("weights"),
            perRowOut("losses")),
        RowOp.of(
            "SoftmaxCrossEntropy.forwardBackward",
            (s, b, e, n) ->
                SoftmaxCrossEntropy.forwardBackward(
                    s[0], s[1], s[2], s[3], 0.1f, -1, 0.5f, b, e, n),
            out("logits"),
            index("targets"),
            perColumn("weights"),
            perRowOut("losses")),
        RowOp.of(
            "RowVariance.forward",
            (s, b, e, n) -> RowVariance.forward(s[0], s[1], s[2], 1, b, e, n),
            in("x"),
            perRowOut("mean"),
            perRowOut("variance")),
        RowOp.of(
            "RowVariance.backward",
            (s, b, e, n) -> RowVariance.backward(s[0], s[1], s[2], s[3], 0, b, e, n),
            in("x"),
            perRow("mean"),
            perRow("dy"),
            out("dx=x")),
        RowOp.of(
            "LayerNorm.forward",
            (s, b, e, n) -> LayerNorm.forward(s[0], s[1], s[2], s[3], s[4], s[5], 1e-5f, b, e, n),
            in("x"),
            perColumn("weight"),
            perColumn("bias"),
            out("y=x"),
            perRowOut("mean"),
            perRowOut("rstd")),
        RowOp.of(
            "LayerNorm.backwardInput",
            (s, b, e, n) -> LayerNorm.backwardInput(s[0], s[1], s[2], s[3], s[4], s[5], b, e, n),
            in("x"),
            perColumn("weight"),
            perRow("mean"),
            perRow("rstd"),
            in("dy"),
            out("dx=x,dy")),
        RowOp.of(
            "ResidualLayerNorm.forward",
            (s, b, e, n) ->
                ResidualLayerNorm.forward(
                    s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], 1e-5f, b, e, n),
            in("x"),
            in("residual"),
            out("sum=x,residual"),
            perColumn("weight"),
            perColumn("bias"),
            out("y"),
            perRowOut("mean"),
            perRowOut("rstd")),
        RowOp.of(
            "ResidualLayerNorm.backwardInput",
            (s, b, e, n) ->
                ResidualLayerNorm.backwardInput(s[0], s[1], s[2], s[3], s[4], s[5], s[6], b, e, n),
            in("sum"),
            perColumn("weight"),
            perRow("mean"),
            perRow("rstd"),
            in("dy"),
            in("dSum"),
            out("dx=sum,dy,dSum")),
        RowOp.of(
            "RmsNorm.forward",
            (s, b, e, n) -> RmsNorm.forward(s[0], s[1], s[2], s[3], 1e-5f, b, e, n),
            in("x"),
            perColumn("weight"),
            out("y=x"),
            perRowOut("rstd")),
        RowOp.of(
            "RmsNorm.backwardInput",
            (s, b, e, n) -> RmsNorm.backwardInput(s[0], s[1], s[2], s[3], s[4], b, e, n),
            in("x"),
            perColumn("weight"),
            perRow("rstd"),
            in("dy"),
            out("dx=x,dy")),
        RowOp.of(
            "ResidualRmsNorm.forward",
            (s, b, e, n) ->
                ResidualRmsNorm.forward(s[0], s[1], s[2], s[3], s[4], s[5], 1e-5f, b, e, n),
            in("x"),
            in("residual"),
            out("sum=x,residual"),
            perColumn("weight"),
            out("y"),
            perRowOut("rstd")),
        RowOp.of(
            "ResidualRmsNorm.backwardInput",
            (s, b, e, n) ->
                ResidualRmsNorm.backwardInput(s[0], s[1], s[2], s[3], s[4], s[5], b, e, n),
            in("sum"),
            perColumn("weight"),
            perRow("rstd"),
            in("dy"),
            in("dSum"),
            out("dx=sum,dy,dSum")),
        RowOp.of(
            "RowMax.forward",
            (s, b, e, n) -> RowMax.forward(s[0], s[1], b, e, n),
            in("x"),
            perRowOut("y")),
        RowOp.of(
            "RowMax.backward",
            (s, b, e, n) -> RowMax.backward(s[0], s[1], s[2], b, e, n),
            index("indices"),
            perRow("dy"),
            out("dx")),
        RowOp.of(
            "RowNorm.forward",
            (s, b, e, n) -> RowNorm.forward(s[0], s[1], b, e, n),
            in("x"),
            perRowOut("y")),
        RowOp.of(
            "RowNorm.backward",
            (s, b, e, n) -> RowNorm.backward(s[0], s[1], s[2], s[3], b, e, n),
            in("x"),
            perRow("y"),
            perRow("dy"),
            out("dx=x")),
        RowOp.of(
            "ColumnNorm.backward",
            (s, b, e, n) -> ColumnNorm.backward(s[0], s[1], s[2], s[3], b, e, n),
            in("x"),
            perColumn("y"),
            perColumn("dy"),
            out("dx=x")));
  }

  private static int[] columns() {
    int lanes = Lanes.F32_LANES;
    return IntStream.of(1, 2, lanes - 1, lanes, lanes + 1, 31, 32, 33, 4 * lanes + 3, 97, 257)
        .sorted()
        .distinct()
        .toArray();
  }

  /** Guarded operands of one call. */
  private static final class Call implements AutoCloseable {
    final RowOp op;
    final GuardedFloats[] guarded;
    final MemorySegment[] segments;

    Call(RowOp op, int cols) {
      this.op = op;
      int n = op.operands().size();
      guarded = new GuardedFloats[n];
      segments = new MemorySegment[n];
      for (int i = 0; i < n; i++) {
        int elements = op.elements(i, ROWS, cols);
        guarded[i] = GuardedFloats.copyOf(RowModel.normal(elements, 100 + i, 0.2, 1));
        segments[i] = guarded[i].segment();
        for (int r = 0; r < elements && op.operands().get(i).shape() == Shape.INDEX; r++) {
          segments[i].setAtIndex(JAVA_INT, r, (int) (r * 7_919L % cols));
        }
      }
    }

    void run(long rowBegin, long rowEnd, int cols) {
      op.kernel().run(segments, rowBegin, rowEnd, cols);
      for (GuardedFloats g : guarded) {
        g.assertGuardsIntact();
      }
    }

    /** The bits of an operand, which tell NaNs and signs apart. */
    int[] bits(int operand) {
      return guarded[operand].segment().toArray(JAVA_INT);
    }

    @Override
    public void close() {
      for (GuardedFloats g : guarded) {
        g.close();
      }
    }
  }

  private static int width(Operand operand, int cols) {
    return operand.shape() == Shape.MATRIX ? cols : 1;
  }

  @ParameterizedTest
  @MethodSource("ops")
  void everySplitOfTheRowsGivesTheSameBitsAndTouchesNoOthers(RowOp op) {
    for (int cols : columns()) {
      try (Call untouched = new Call(op, cols);
          Call whole = new Call(op, cols)) {
        whole.run(0, ROWS, cols);
        for (int begin = 0; begin <= ROWS; begin++) {
          for (int end = begin; end <= ROWS; end++) {
            try (Call part = new Call(op, cols)) {
              part.run(begin, end, cols);
              for (int i = 0; i < op.operands().size(); i++) {
                Operand operand = op.operands().get(i);
                int width = width(operand, cols);
                int[] expected = untouched.bits(i);
                if (operand.written()) {
                  System.arraycopy(
                      whole.bits(i), begin * width, expected, begin * width, (end - begin) * width);
                }
                assertArrayEquals(
                    expected, part.bits(i), operand.name() + ", " + cols + " columns");
              }
            }
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("ops")
  void aNanStaysInItsRow(RowOp op) {
    for (int cols : columns()) {
      for (int at = 0; at < cols; at += Math.max(1, cols / 7)) {
        for (int i = 0; i < op.operands().size(); i++) {
          Shape shape = op.operands().get(i).shape();
          if (shape != Shape.MATRIX || (op.operands().get(i).written() && i > 0)) {
            continue;
          }
          try (Call clean = new Call(op, cols);
              Call dirty = new Call(op, cols)) {
            dirty.segments[i].setAtIndex(JAVA_FLOAT, 2L * cols + at, Float.NaN);
            clean.run(0, ROWS, cols);
            dirty.run(0, ROWS, cols);
            assertOnlyRowTwoDiffers(op, cols, clean, dirty);
          }
        }
      }
    }
  }

  private static void assertOnlyRowTwoDiffers(RowOp op, int cols, Call clean, Call dirty) {
    for (int i = 0; i < op.operands().size(); i++) {
      Operand operand = op.operands().get(i);
      if (!operand.written()) {
        continue;
      }
      int width = width(operand, cols);
      int[] expected = clean.bits(i);
      int[] got = dirty.bits(i);
      boolean nan = false;
      for (int k = 0; k < expected.length; k++) {
        if (k / width == 2) {
          nan |= Float.isNaN(Float.intBitsToFloat(got[k]));
        } else {
          assertEquals(expected[k], got[k], operand.name() + "[" + k + "]");
        }
      }
      assertTrue(
          nan || op.name().contains("Lengths") || op.name().contains("Causal"),
          () -> op.name() + " lost the NaN in " + operand.name() + ", " + cols + " columns");
    }
  }

  /** An output named {@code y=x} may be {@code x}. */
  @ParameterizedTest
  @MethodSource("ops")
  void anOutputMayBeTheInputThatTheDocumentationNames(RowOp op) {
    for (int i = 0; i < op.operands().size(); i++) {
      String name = op.operands().get(i).name();
      if (!name.contains("=")) {
        continue;
      }
      for (String input : name.substring(name.indexOf('=') + 1).split(",", -1)) {
        int source = op.operands().stream().map(Operand::name).toList().indexOf(input);
        for (int cols : columns()) {
          try (Call apart = new Call(op, cols);
              Call together = new Call(op, cols)) {
            together.segments[i] = together.segments[source];
            apart.run(0, ROWS, cols);
            together.run(0, ROWS, cols);
            assertArrayEquals(apart.bits(i), together.bits(source), name + " = " + input);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("ops")
  void nothingIsAllocated(RowOp op) {
    try (Call call = new Call(op, 323)) {
      assertEquals(
          0,
          AllocatedBytes.perCall(2_000, 1_000, () -> op.kernel().run(call.segments, 0, ROWS, 323)));
    }
  }

  @ParameterizedTest
  @MethodSource("ops")
  void aHeapSegmentIsRejected(RowOp op) {
    int cols = 67;
    for (int i = 0; i < op.operands().size(); i++) {
      Shape shape = op.operands().get(i).shape();
      if (shape != Shape.MATRIX && shape != Shape.PER_COLUMN) {
        continue;
      }
      try (Call call = new Call(op, cols)) {
        MemorySegment heap = MemorySegment.ofArray(new float[ROWS * cols]);
        call.segments[i] = heap;
        String name = op.operands().get(i).name();
        assertThrows(IllegalArgumentException.class, () -> call.run(0, ROWS, cols), () -> name);
        assertArrayEquals(new float[ROWS * cols], heap.toArray(JAVA_FLOAT), name);
      }
    }
  }
}
