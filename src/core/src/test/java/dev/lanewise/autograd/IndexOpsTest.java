package dev.lanewise.autograd;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

final class IndexOpsTest {
  private static final int[] INDICES = {3, 0, 3, 1, 3, 0, 4, 3};

  private static double[] gather(double[] table, int dim) {
    double[] y = new double[INDICES.length * dim];
    for (int r = 0; r < INDICES.length; r++) {
      System.arraycopy(table, INDICES[r] * dim, y, r * dim, dim);
    }
    return y;
  }

  @Test
  void gradientsAgreeWithCentralDifferencesAlsoWhereARowIsReadOftenOrNever() {
    for (int dim : new int[] {1, 3, 8, 17}) {
      OpCheck.check(
          (tape, x) -> IndexOps.embedding(tape, x.get(0), tape.ints(INDICES), INDICES.length),
          x -> gather(x[0], dim),
          TensorLayout.of(6, dim));
    }
  }

  /** The table is what another op made: its gradient begins with undefined memory. */
  @Test
  void theTableMayBeTheOutputOfAnOpAndBeUsedAgain() {
    OpCheck.check(
        (tape, x) -> {
          Tensor table = ElementwiseOps.gelu(tape, x.get(0));
          Tensor rows = IndexOps.embedding(tape, table, tape.ints(INDICES), INDICES.length);
          Tensor again = IndexOps.embedding(tape, table, tape.ints(1, 1, 2, 0, 5, 5, 4, 3), INDICES.length);
          return ElementwiseOps.mul(tape, rows, again);
        },
        x -> {
          double[] table = x[0].clone();
          for (int i = 0; i < table.length; i++) {
            table[i] = Oracles.gelu(table[i]);
          }
          double[] y = gather(table, 5);
          int[] again = {1, 1, 2, 0, 5, 5, 4, 3};
          for (int i = 0; i < y.length; i++) {
            y[i] *= table[again[i / 5] * 5 + i % 5];
          }
          return y;
        },
        TensorLayout.of(6, 5));
  }

  @Test
  void anIndexOutOfRangeIsNamedWithItsRow() {
    try (Slab slab = Slab.open("table", 1 << 20);
        Tape tape = Tape.open(slab)) {
      Tensor table = tape.constant(TensorLayout.of(6, 2), new float[12]);
      assertEquals(
          "index 6 at row 2 is outside [0, 6)",
          assertThrows(
                  IllegalArgumentException.class,
                  () -> IndexOps.embedding(tape, table, tape.ints(0, 5, 6), 3))
              .getMessage());
      assertThrows(
          IllegalArgumentException.class, () -> IndexOps.embedding(tape, table, tape.ints(0, -1), 2));
      assertEquals(
          "3 index values are wanted, the segment holds 2: give one int for each row",
          assertThrows(
                  IllegalArgumentException.class, () -> IndexOps.embedding(tape, table, tape.ints(0, 5), 3))
              .getMessage());
      assertThrows(
          IllegalArgumentException.class,
          () -> IndexOps.embedding(tape, table, MemorySegment.ofArray(new int[] {0}), 1),
          "indices on the heap");
      assertThrows(
          IllegalArgumentException.class, () -> IndexOps.embedding(tape, table, tape.ints(0), -1));
    }
  }

  @Test
  void noIndicesGiveNoRows() {
    try (Slab slab = Slab.open("table", 1 << 20);
        Tape tape = Tape.open(slab)) {
      Parameter table = Parameter.of("table", TensorLayout.of(6, 2), slab);
      Tensor y = IndexOps.embedding(tape, table, tape.ints(), 0);
      assertEquals(TensorLayout.of(0, 2), y.layout());
      y.backward(tape.constant(y.layout()));
      assertArrayEquals(new float[12], table.gradient().toArray(JAVA_FLOAT));
    }
  }
}
