package dev.lanewise.optim.factored;

import static dev.lanewise.optim.HyperParameter.DECAY_RATE;
import static dev.lanewise.optim.HyperParameter.EPS;
import static dev.lanewise.optim.HyperParameter.LR;
import static dev.lanewise.optim.HyperParameter.MIN_RMS;
import static dev.lanewise.optim.HyperParameter.UPDATE_CLIP;
import static dev.lanewise.optim.HyperParameter.WEIGHT_DECAY;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.kernel.step.gradient.InPlace;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.optim.GroupOptimizer;
import dev.lanewise.optim.HyperParameter;
import dev.lanewise.optim.ParamGroup;
import dev.lanewise.parallel.Workers;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;

/**
 * Adafactor (N. Shazeer, M. Stern: Adafactor: Adaptive Learning Rates with Sublinear Memory Cost,
 * 2018, algorithms 4 to 6, without first moment):
 *
 * <pre>
 * beta2 = 1 - t^-decayRate
 * R     = beta2 R + (1 - beta2) row means of (g^2 + eps),  C the same of the columns
 * V     = R C / mean(R)
 * U     = g / sqrt(V),  divided by max(1, rms(U) / updateClip)
 * a     = lr min(0.01, 1 / sqrt(t)) max(minRms, rms(w))
 * w     = w - a wd w - a U
 * </pre>
 *
 * <p>A parameter of rank 2 or more is a matrix of its first dimension by all others and has {@code
 * rows + cols} numbers of state; one of rank 0 or 1 has a second moment V for each element. The two
 * last factors of a are options, {@link #relativeStep} and {@link #scaleParameter}: without both it
 * is {@code lr} itself. Defaults: lr 1, decayRate 0.8, eps 1e-30, updateClip 1, which is {@code d}
 * in the paper, minRms 1e-3, no weight decay, which is decoupled.
 *
 * <p>Three passes over the gradient and one over the parameters, for V, for the length of U, which
 * an infinite {@code updateClip} saves, and for the step. Where the gradient is cut off, scaled by
 * row or has decay added to it, that is one pass more, and is left in the gradient with {@link
 * #zeroGradInStep} off.
 */
public final class Adafactor extends GroupOptimizer<Adafactor> {
  private static final Map<HyperParameter, Float> DEFAULTS =
      Map.ofEntries(
          Map.entry(LR, 1f),
          Map.entry(DECAY_RATE, 0.8f),
          Map.entry(EPS, 1e-30f),
          Map.entry(UPDATE_CLIP, 1f),
          Map.entry(MIN_RMS, 1e-3f),
          Map.entry(WEIGHT_DECAY, 0f));

  private static final double LARGEST_RELATIVE_STEP = 1e-2;

  /** Elements that pay for waking a thread. */
  private static final long GRAIN = 16_384;

  private final float[] lr;
  private final float[] beta2;
  private final float[] eps;
  private final float[] updateClip;
  private final float[] minRms;
  private final double[] relative;
  private final float[] rates;
  private final float[] decays;
  private final int[] slotOfTile;
  private final int[] slotOfFold;
  private final long tileGrain;
  private final Norms parameterNorms = new Norms(Slot::params);
  private final Workers.Task sumPass = this::sumTiles;
  private final Workers.Task foldPass = this::foldSums;
  private final Workers.Task lengthPass = this::measureTiles;
  private final Workers.Task walkPass = this::walkTiles;
  private Factored[] parts = {};
  private boolean relativeStep = true;
  private boolean scaleParameter = true;

  private Adafactor(ParamGroup... groups) {
    super("Adafactor", true, DEFAULTS, groups);
    lr = new float[groups.length];
    beta2 = new float[groups.length];
    eps = new float[groups.length];
    updateClip = new float[groups.length];
    minRms = new float[groups.length];
    relative = new double[groups.length];
    rates = new float[slots().size()];
    decays = new float[slots().size()];
    slotOfTile = owners(Tiles::count);
    slotOfFold = owners(Factored::folds);
    long elements = slots().stream().mapToLong(Slot::n).sum();
    tileGrain = Math.max(1, GRAIN * slotOfTile.length / Math.max(1, elements));
  }

  /** The number of the slot that each unit belongs to, the units of all slots in order. */
  private int[] owners(ToIntFunction<Tiles> units) {
    return slots().stream()
        .flatMapToInt(
            slot ->
                IntStream.generate(slot::number)
                    .limit(units.applyAsInt(Tiles.of(slot.parameter().layout()))))
        .toArray();
  }

  /** One group of all parameters. */
  public static Adafactor over(List<Parameter> parameters) {
    return over(ParamGroup.of(parameters));
  }

  /** Several groups, each with hyper-parameters of its own. */
  public static Adafactor over(ParamGroup... groups) {
    return new Adafactor(groups);
  }

  /** Sets what is added to the squares of the gradient, the first epsilon of the paper. */
  public Adafactor eps(float eps) {
    return setAll(EPS, eps);
  }

  /** Sets how fast the decay of the second moment rises to 1. */
  public Adafactor decayRate(float decayRate) {
    return setAll(DECAY_RATE, decayRate);
  }

  /** Sets the largest root mean square of U; infinity for no limit. */
  public Adafactor updateClip(float updateClip) {
    return setAll(UPDATE_CLIP, updateClip);
  }

  /** Sets the least size that a parameter is taken to have, the second epsilon of the paper. */
  public Adafactor minRms(float minRms) {
    return setAll(MIN_RMS, minRms);
  }

  /** Whether the step has the factor {@code min(0.01, 1 / sqrt(t))}; yes by default. */
  public Adafactor relativeStep(boolean relativeStep) {
    this.relativeStep = relativeStep;
    return this;
  }

  /** Whether the step has the factor {@code max(minRms, rms(w))}; yes by default. */
  public Adafactor scaleParameter(boolean scaleParameter) {
    this.scaleParameter = scaleParameter;
    return this;
  }

  /** Row means and column means of a matrix, second moments of a vector. */
  @Override
  protected List<String> stateNames() {
    return List.of("r", "c", "v");
  }

  @Override
  protected TensorLayout stateLayout(int which, Slot slot) {
    return Factored.stateLayout(which, slot.parameter().layout());
  }

  @Override
  protected void prepare(int group, ParamGroup hyper, float lr, long t) {
    this.lr[group] = lr;
    // exp and log of StrictMath: the same bits on every machine.
    beta2[group] =
        (float) (1 - StrictMath.exp(-hyper.get(DECAY_RATE) * StrictMath.log((double) t)));
    eps[group] = hyper.eps();
    updateClip[group] = hyper.get(UPDATE_CLIP);
    minRms[group] = hyper.get(MIN_RMS);
    relative[group] = relativeStep ? Math.min(LARGEST_RELATIVE_STEP, 1 / Math.sqrt((double) t)) : 1;
  }

  @Override
  protected void update(Slot slot, long begin, long end, float gradScale) {
    int group = slot.group();
    if (!plainGradient(group)) {
      InPlace.condition(slot.params(), slot.grads(), begin, end, gradScale, clipValue(), l2(group));
    }
  }

  @Override
  protected void beforeUpdate() {
    if (parts.length > 0) {
      return;
    }
    parts = new Factored[slots().size()];
    int tiles = 0;
    int folds = 0;
    for (Slot slot : slots()) {
      Factored part =
          new Factored(
              slot.parameter(),
              slot.group(),
              tiles,
              folds,
              slot.state(0),
              slot.state(1),
              slot.state(2));
      parts[slot.number()] = part;
      tiles += part.tiles.count();
      folds += Factored.folds(part.tiles);
    }
  }

  @Override
  protected void afterUpdate() {
    boolean limited = false;
    for (Factored part : parts) {
      part.scale = plainGradient(part.group) ? gradScale() : 1;
      limited |= part.tiles.matrix && updateClip[part.group] < Float.POSITIVE_INFINITY;
    }
    workers().run(slotOfTile.length, tileGrain, sumPass);
    workers().run(slotOfFold.length, tileGrain, foldPass);
    for (Factored part : parts) {
      part.computeMean();
    }
    if (limited) {
      workers().run(slotOfTile.length, tileGrain, lengthPass);
    }
    if (scaleParameter) {
      parameterNorms.compute();
    }
    for (int s = 0; s < parts.length; s++) {
      computeRate(slots().get(s));
    }
    workers().run(slotOfTile.length, tileGrain, walkPass);
  }

  private void computeRate(Slot slot) {
    int group = slot.group();
    double factor = relative[group];
    if (scaleParameter && slot.n() > 0) {
      double rms = parameterNorms.of(slot) / Math.sqrt((double) slot.n());
      factor *= Math.max(minRms[group], rms);
    }
    decays[slot.number()] = (float) (decay(group) * factor);
    if (updateClip[group] < Float.POSITIVE_INFINITY) {
      factor /= Math.max(1, parts[slot.number()].rmsOfUpdate() / updateClip[group]);
    }
    rates[slot.number()] = (float) (lr[group] * factor);
  }

  private void sumTiles(long begin, long end) {
    for (int tile = (int) begin; tile < end; tile++) {
      int number = slotOfTile[tile];
      Factored part = parts[number];
      if (!frozen(slots().get(number))) {
        part.sum(tile - part.firstTile, beta2[part.group], eps[part.group]);
      }
    }
  }

  private void foldSums(long begin, long end) {
    for (int fold = (int) begin; fold < end; fold++) {
      int number = slotOfFold[fold];
      Factored part = parts[number];
      if (!frozen(slots().get(number))) {
        part.fold(fold - part.firstFold, beta2[part.group]);
      }
    }
  }

  private void measureTiles(long begin, long end) {
    for (int tile = (int) begin; tile < end; tile++) {
      int number = slotOfTile[tile];
      Factored part = parts[number];
      if (!frozen(slots().get(number))) {
        part.measure(tile - part.firstTile);
      }
    }
  }

  private void walkTiles(long begin, long end) {
    for (int tile = (int) begin; tile < end; tile++) {
      int number = slotOfTile[tile];
      Factored part = parts[number];
      if (!frozen(slots().get(number))) {
        part.walk(tile - part.firstTile, rates[number], decays[number], zeroing());
      }
    }
  }
}
