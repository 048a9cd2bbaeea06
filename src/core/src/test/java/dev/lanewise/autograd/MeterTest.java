package dev.lanewise.autograd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.parallel.Workers;
import org.junit.jupiter.api.Test;

final class MeterTest {
  @Test
  void everyFamilyCountsItsWorkForwardAndBackward() {
    Meter meter = new Meter();
    try (Slab slab = Slab.open("meter", 1 << 20)) {
      Parameter table = Parameter.of("table", TensorLayout.of(10, 6), slab);
      Parameter w = Parameter.of("w", TensorLayout.of(7, 6), slab);
      Parameter b = Parameter.of("b", TensorLayout.of(7), slab);
      try (Tape tape = Tape.open(slab, Workers.shared(), meter)) {
        Tensor x = IndexOps.embedding(tape, table, tape.ints(1, 2, 3), 3);
        Tensor logits = ElementwiseOps.gelu(tape, MatrixOps.linear(tape, x, w, b));
        LossOps.crossEntropyMean(tape, logits, tape.ints(0, 1, 2)).backward();
      }
    }
    assertEquals(3 * 2L * 3 * 7 * 6, meter.flops(Meter.Family.MATRIX), "y, dx, dW");
    assertEquals(2 * 21L, meter.flops(Meter.Family.ELEMENTWISE), "gelu, dgelu");
    assertEquals(2 * 21L, meter.flops(Meter.Family.REDUCTION), "loss, db");
    assertEquals(2 * 18L, meter.flops(Meter.Family.INDEX), "gather, scatter");
    for (Meter.Family family : Meter.Family.values()) {
      assertTrue(meter.nanos(family) > 0);
      assertEquals((double) meter.flops(family) / meter.nanos(family), meter.gflops(family));
    }
    meter.reset();
    assertEquals(0, meter.nanos(Meter.Family.MATRIX));
    assertEquals(0, meter.gflops(Meter.Family.MATRIX));
  }
}
