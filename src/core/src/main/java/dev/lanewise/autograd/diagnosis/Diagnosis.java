package dev.lanewise.autograd.diagnosis;

import dev.lanewise.autograd.Meter;
import dev.lanewise.autograd.Parameter;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.memory.Slab;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Looks into a training at every n-th step: for each layer the size of activations, gradients and
 * updates and the share of dead units, with a {@link Verdict} that says what is wrong and what
 * would help.
 *
 * <pre>{@code
 * Diagnosis diagnosis = Diagnosis.of(net.parameters()).every(50);
 * for (Batch batch : batches) {
 *   try (Tape tape = diagnosis.open(slab)) {   // for Tape.open(slab)
 *     loss(tape, batch).backward();
 *   }
 *   diagnosis.step(optimizer::step);           // for optimizer.step()
 * }
 * System.out.println(diagnosis.table());
 * }</pre>
 *
 * <p>A layer is what parameters with one name up to the last dot make up. Gradients are those that
 * backward has left, before clipping. The other steps run as without it. One that is looked at
 * reads activations, gradients and parameters a few times more, in double precision and with the
 * same result for any number of workers; it changes none. A copy of the parameters is taken from
 * their slabs at the first one.
 *
 * <p>Not for {@code CapturedStep}, which runs without a tape. For one thread, that of the tapes.
 */
public final class Diagnosis {
  private static final int DEFAULT_INTERVAL = 20;

  /** More than a picture can show, and some megabytes for a model of a hundred layers. */
  private static final int MOST_SAMPLES = 1_000;

  private final List<Layer> layers;
  private final IdentityHashMap<Tensor, Layer> layerOf = new IdentityHashMap<>();
  private final List<Sample> samples = new ArrayList<>();
  private int interval = DEFAULT_INTERVAL;
  private long steps;
  private boolean observed;
  private Workers workers = Workers.shared();

  private Diagnosis(List<Parameter> parameters) {
    if (parameters.isEmpty()) {
      throw new IllegalArgumentException("there are no parameters to look at: give at least one");
    }
    layers = Layer.of(parameters);
    for (Layer layer : layers) {
      layer.parameters().forEach(parameter -> layerOf.put(parameter, layer));
    }
  }

  /**
   * A diagnosis of a model.
   *
   * @param parameters at least one, in the order of the forward pass
   */
  public static Diagnosis of(List<Parameter> parameters) {
    return new Diagnosis(parameters);
  }

  /**
   * Looks at each step whose number is a multiple of {@code steps}, 20 by default. After 1,000 of
   * them the interval doubles, and every second one is forgotten.
   */
  public Diagnosis every(int steps) {
    if (steps < 1) {
      throw new IllegalArgumentException("steps = " + steps + ": want 1 or more");
    }
    interval = steps;
    return this;
  }

  /**
   * The number of the first step, for a training that goes on, from 0 on.
   *
   * @throws IllegalStateException after the first step
   */
  public Diagnosis from(long step) {
    if (step < 0) {
      throw new IllegalArgumentException("step = " + step + ": want 0 or more");
    }
    if (!samples.isEmpty()) {
      throw new IllegalStateException("steps were looked at already: choose the first one before");
    }
    steps = step;
    return this;
  }

  /** A tape that computes with the {@linkplain Workers#shared() shared workers}. */
  public Tape open(Slab slab) {
    return open(slab, Workers.shared(), null);
  }

  /**
   * A tape for a step; where gradients of several are summed, the first one is looked at.
   *
   * @param meter measures its ops, if there is one
   */
  public Tape open(Slab slab, Workers workers, @Nullable Meter meter) {
    if (!isLooking() || observed) {
      return Tape.open(slab, workers, meter);
    }
    observed = true;
    this.workers = workers;
    layers.forEach(Layer::begin);
    return Tape.open(slab, workers, meter, new Observer());
  }

  /** Whether the next step is one that is looked at. */
  public boolean isLooking() {
    return steps % interval == 0;
  }

  /**
   * Steps, and measures what that changes.
   *
   * @param optimizerStep changes the parameters, whose gradients are complete
   * @return what {@code optimizerStep} gives
   */
  public boolean step(BooleanSupplier optimizerStep) {
    Objects.requireNonNull(optimizerStep, "optimizerStep");
    if (!observed) {
      steps++;
      return optimizerStep.getAsBoolean();
    }
    layers.forEach(layer -> layer.beforeStep(workers));
    boolean stepped = optimizerStep.getAsBoolean();
    samples.add(new Sample(steps, layers.stream().map(layer -> layer.sample(workers)).toList()));
    thinOut();
    observed = false;
    steps++;
    return stepped;
  }

  private void thinOut() {
    if (samples.size() > MOST_SAMPLES) {
      interval = Math.multiplyExact(interval, 2);
      Sample first = samples.removeFirst();
      samples.removeIf(sample -> sample.step() % interval != 0);
      samples.addFirst(first);
    }
  }

  /** The steps that were looked at so far; of more than 1,000 every second one. */
  public List<Sample> samples() {
    return List.copyOf(samples);
  }

  /**
   * The verdict on the last step that was looked at.
   *
   * @throws IllegalStateException if there is none yet
   */
  public Verdict verdict() {
    return last().verdict();
  }

  /** The last step that was looked at as a table, with its verdict. */
  public String table() {
    return SampleTable.of(last());
  }

  private Sample last() {
    if (samples.isEmpty()) {
      throw new IllegalStateException(
          "no step was looked at yet: open its tape with Diagnosis.open, and step with"
              + " Diagnosis.step");
    }
    return samples.getLast();
  }

  /** Finds the ops that use parameters. */
  private final class Observer implements Tape.Observer {
    private final IdentityHashMap<Tensor, Layer> layerOfOutput = new IdentityHashMap<>();

    @Override
    public void computed(String op, Tensor y, List<Tensor> inputs) {
      for (Tensor input : inputs) {
        Layer layer = layerOf.get(input);
        if (layer != null) {
          layer.used(y, workers);
          layerOfOutput.put(y, layer);
          return;
        }
      }
    }

    @Override
    public void differentiating(String op, Tensor y, MemorySegment dy) {
      Layer layer = layerOfOutput.get(y);
      if (layer != null) {
        layer.differentiating(y, dy, workers);
      }
    }

    @Override
    public void differentiated(String op, Tensor y, Tensor x, MemorySegment gradient) {}
  }
}
