package dev.lanewise.autograd.diagnosis;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.ops.arithmetic.Sub;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The parameters that share a name up to the last dot, and what is measured of them in a step. */
final class Layer {
  /** With fewer rows a unit that gets no gradient may well be a rectifier that rests by chance. */
  private static final long ENOUGH_ROWS = 16;

  private final String name;
  private final List<Parameter> parameters = new ArrayList<>();

  /** Their values before the step, in their slabs; made at the first one. */
  private final List<MemorySegment> before = new ArrayList<>();

  private @Nullable Tensor output;
  private double activation = Double.NaN;
  private double gradient = Double.NaN;
  private double deadUnits = Double.NaN;
  private double weightGradient;
  private double weight;

  private Layer(String name) {
    this.name = name;
  }

  /** The layers of these parameters, in their order. */
  static List<Layer> of(List<Parameter> parameters) {
    Map<String, Layer> layers = new LinkedHashMap<>();
    for (Parameter parameter : parameters) {
      String name = parameter.name();
      String layer = name.substring(0, Math.max(0, name.lastIndexOf('.')));
      layer = layer.isEmpty() ? name : layer;
      layers.computeIfAbsent(layer, Layer::new).parameters.add(parameter);
    }
    return List.copyOf(layers.values());
  }

  List<Parameter> parameters() {
    return parameters;
  }

  /** Forgets the step before. */
  void begin() {
    output = null;
    activation = Double.NaN;
    gradient = Double.NaN;
    deadUnits = Double.NaN;
  }

  /** An op has used a parameter: the first one that gives more than a number is measured. */
  void used(Tensor y, Workers workers) {
    long n = y.layout().elements();
    if (output == null && n > 1) {
      output = y;
      activation = measured(Math.sqrt(SquareSums.of(y.data(), n, workers) / n));
    }
  }

  /** The gradient of an op's output is complete. */
  void differentiating(Tensor y, MemorySegment dy, Workers workers) {
    if (y != output) {
      return;
    }
    TensorLayout layout = y.layout();
    gradient = measured(Math.sqrt(SquareSums.of(dy, layout.elements(), workers)));
    long cols = layout.rank() == 0 ? 1 : layout.dim(layout.rank() - 1);
    long rows = layout.elements() / cols;
    if (rows >= ENOUGH_ROWS) {
      deadUnits = (double) DeadUnits.count(dy, rows, Math.toIntExact(cols)) / cols;
    }
  }

  /** Measures gradients and parameters, and keeps the parameters, before an optimizer's step. */
  void beforeStep(Workers workers) {
    double gradients = 0;
    double weights = 0;
    for (int i = 0; i < parameters.size(); i++) {
      Parameter parameter = parameters.get(i);
      long n = parameter.layout().elements();
      if (before.size() == i) {
        before.add(parameter.slab().allocate(parameter.layout()));
      }
      before.get(i).copyFrom(parameter.data());
      gradients += SquareSums.of(parameter.gradient(), n, workers);
      weights += SquareSums.of(parameter.data(), n, workers);
    }
    weightGradient = measured(Math.sqrt(gradients));
    weight = measured(Math.sqrt(weights));
  }

  /** All of it, after the step. */
  LayerSample sample(Workers workers) {
    double update = update(workers);
    output = null;
    return new LayerSample(name, activation, gradient, deadUnits, weightGradient, weight, update);
  }

  private double update(Workers workers) {
    boolean matrices = parameters.stream().anyMatch(Layer::isMatrix);
    double change = 0;
    double whole = 0;
    for (int i = 0; i < parameters.size(); i++) {
      Parameter parameter = parameters.get(i);
      if (matrices && !isMatrix(parameter)) {
        continue;
      }
      long n = parameter.layout().elements();
      MemorySegment old = before.get(i);
      whole += SquareSums.of(old, n, workers);
      Sub.forward(parameter.data(), old, old, n, workers);
      change += SquareSums.of(old, n, workers);
    }
    // What starts at zero has no size that a change could be a part of.
    return whole == 0 ? Double.NaN : measured(Math.sqrt(change / whole));
  }

  private static boolean isMatrix(Parameter parameter) {
    return parameter.layout().rank() >= 2;
  }

  private static double measured(double value) {
    return Double.isFinite(value) ? value : Double.POSITIVE_INFINITY;
  }
}
