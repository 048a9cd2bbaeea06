package dev.lanewise.autograd;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.autograd.elementwise.ArithmeticOps;
import dev.lanewise.autograd.elementwise.UnaryOps;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import org.junit.jupiter.api.Test;

/**
 * The example in the README of micrograd (Karpathy, 2020), line by line, on scalar tensors. It
 * states its numbers to four decimals.
 */
final class MicrogradTest {
  private static final TensorLayout SCALAR = TensorLayout.of();

  @Test
  void theExampleHasTheValueAndTheGradientsThatItsReadmeStates() {
    try (Slab slab = Slab.open("micrograd", 1 << 20);
        Tape tape = Tape.open(slab)) {
      Tensor a = tape.variable(SCALAR, OpCheck.copy(slab, -4));
      Tensor b = tape.variable(SCALAR, OpCheck.copy(slab, 2));
      Tensor c = add(tape, a, b);
      // d = a * b + b**3
      Tensor d = add(tape, mul(tape, a, b), mul(tape, UnaryOps.square(tape, b), b));
      // c += c + 1
      c = add(tape, c, add(tape, c, one(tape)));
      // c += 1 + c + (-a)
      c = add(tape, c, add(tape, add(tape, one(tape), c), UnaryOps.neg(tape, a)));
      // d += d * 2 + (b + a).relu()
      d = add(tape, d, add(tape, UnaryOps.scale(tape, d, 2), relu(tape, add(tape, b, a))));
      // d += 3 * d + (b - a).relu()
      Tensor difference = ArithmeticOps.sub(tape, b, a);
      d = add(tape, d, add(tape, UnaryOps.scale(tape, d, 3), relu(tape, difference)));
      Tensor e = ArithmeticOps.sub(tape, c, d);
      Tensor f = UnaryOps.square(tape, e);
      // g = f / 2.0; g += 10.0 / f
      Tensor g =
          add(
              tape,
              UnaryOps.scale(tape, f, 0.5f),
              ArithmeticOps.div(tape, tape.constant(SCALAR, 10), f));
      g.backward();
      assertEquals(24.7041, g.item(), 5e-5);
      assertEquals(138.8338, a.gradient().get(JAVA_FLOAT, 0), 5e-5);
      assertEquals(645.5773, b.gradient().get(JAVA_FLOAT, 0), 1e-4);
    }
  }

  private static Tensor one(Tape tape) {
    return tape.constant(SCALAR, 1);
  }

  private static Tensor add(Tape tape, Tensor a, Tensor b) {
    return ElementwiseOps.add(tape, a, b);
  }

  private static Tensor mul(Tape tape, Tensor a, Tensor b) {
    return ElementwiseOps.mul(tape, a, b);
  }

  private static Tensor relu(Tape tape, Tensor a) {
    return ElementwiseOps.relu(tape, a);
  }
}
