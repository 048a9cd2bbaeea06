package dev.lanewise.autograd.diagnosis;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.lanewise.autograd.Meter;
import dev.lanewise.autograd.Parameter;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.IdentityHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds where the first NaN or infinity of a step comes from. A tape from here checks what each op
 * is given and makes, and what each vjp adds to gradients; at the first value that is not finite it
 * throws an {@link AnomalyException} that names the op and the line of the user's code that has
 * called it, also if it came up in the backward pass.
 *
 * <pre>{@code
 * try (Tape tape = Anomalies.open(slab)) { // for Tape.open(slab), until the cause is found
 *   loss(tape).backward();
 * }
 * }</pre>
 *
 * <p>Inputs are blamed before the op: parameters and constants that are not finite when an op takes
 * them, and gradients of parameters that were not before backward. A mask of infinities has to be
 * finite for this, -1e30 for instance. What an op computes from constants alone is checked when the
 * next one takes it. Each value is read once more, and each op looks through the stack: for
 * searching, not for training.
 */
public final class Anomalies implements Tape.Observer {
  private final Workers workers;
  private final IdentityHashMap<Tensor, String> callers = new IdentityHashMap<>();

  /** Leaves that were found finite, by the version that was. */
  private final IdentityHashMap<Tensor, Integer> checked = new IdentityHashMap<>();

  private Anomalies(Workers workers) {
    this.workers = workers;
  }

  /** A tape that computes with the {@linkplain Workers#shared() shared workers}. */
  public static Tape open(Slab slab) {
    return open(slab, Workers.shared(), null);
  }

  /** A tape that computes with these workers, and is measured by {@code meter}, if there is one. */
  public static Tape open(Slab slab, Workers workers, @Nullable Meter meter) {
    return Tape.open(slab, workers, meter, new Anomalies(workers));
  }

  @Override
  public void computed(String op, Tensor y, List<Tensor> inputs) {
    String caller = Callers.nearest();
    callers.put(y, caller);
    for (Tensor x : inputs) {
      if (!callers.containsKey(x) && !Integer.valueOf(x.version()).equals(checked.get(x))) {
        checkGiven(op, caller, x);
        checked.put(x, x.version());
      }
    }
    String found = anomaly(y.data(), y.layout());
    if (found != null) {
      throw new AnomalyException(
          op, caller, named(op, caller) + " made " + found + " its output, from finite inputs");
    }
  }

  private void checkGiven(String op, String caller, Tensor x) {
    String found = anomaly(x.data(), x.layout());
    if (found != null) {
      throw new AnomalyException(
          op, caller, named(op, caller) + " was given " + found + " " + inputName(x));
    }
    if (x.hasGradient()) {
      found = anomaly(x.gradient(), x.layout());
      if (found != null) {
        throw new AnomalyException(
            op,
            caller,
            named(op, caller)
                + " takes "
                + inputName(x)
                + ", in whose gradient an earlier backward pass has left "
                + found
                + " it: call zeroGrad");
      }
    }
  }

  @Override
  public void differentiating(String op, Tensor y, MemorySegment dy) {
    String found = anomaly(dy, y.layout());
    if (found != null) {
      String caller = callers.getOrDefault(y, "");
      throw new AnomalyException(
          op,
          caller,
          "the vjp of "
              + named(op, caller)
              + " was given "
              + found
              + " the cotangent of its output");
    }
  }

  @Override
  public void differentiated(String op, Tensor y, Tensor x, MemorySegment gradient) {
    String found = anomaly(gradient, x.layout());
    if (found != null) {
      String caller = callers.getOrDefault(y, "");
      throw new AnomalyException(
          op,
          caller,
          "the vjp of "
              + named(op, caller)
              + " made "
              + found
              + " the gradient of "
              + inputName(x)
              + ", from a finite cotangent");
    }
  }

  private static String named(String op, String caller) {
    return caller.isEmpty() ? op : op + ", called at " + caller + ",";
  }

  private static String inputName(Tensor x) {
    return x instanceof Parameter parameter
        ? "parameter \"" + parameter.name() + "\""
        : "an input of " + x.layout();
  }

  /** The first element that is not finite, or null. */
  private @Nullable String anomaly(MemorySegment values, TensorLayout layout) {
    long n = layout.elements();
    // A square of a float is finite in double precision if the float is, and so is their sum.
    if (Double.isFinite(SquareSums.of(values, n, workers))) {
      return null;
    }
    long first = -1;
    long count = 0;
    for (long i = 0; i < n; i++) {
      if (!Float.isFinite(values.get(JAVA_FLOAT_UNALIGNED, i * Float.BYTES))) {
        first = first < 0 ? i : first;
        count++;
      }
    }
    return values.get(JAVA_FLOAT_UNALIGNED, first * Float.BYTES)
        + " at element "
        + first
        + " of "
        + layout
        + " ("
        + count
        + " not finite) in";
  }
}
