package dev.lanewise.cli.training;

import dev.lanewise.cli.report.UserError;
import dev.lanewise.optim.Adam;
import dev.lanewise.optim.AdamW;
import dev.lanewise.optim.GroupOptimizer;
import dev.lanewise.optim.ParamGroup;
import dev.lanewise.optim.adaptive.Adadelta;
import dev.lanewise.optim.adaptive.Adagrad;
import dev.lanewise.optim.adaptive.Adamax;
import dev.lanewise.optim.adaptive.NAdam;
import dev.lanewise.optim.adaptive.RAdam;
import dev.lanewise.optim.adaptive.RmsProp;
import dev.lanewise.optim.averaged.ScheduleFreeAdamW;
import dev.lanewise.optim.layerwise.Lamb;
import dev.lanewise.optim.layerwise.Lars;
import dev.lanewise.optim.matrix.Muon;
import dev.lanewise.optim.momentum.Lion;
import dev.lanewise.optim.momentum.Momentum;
import dev.lanewise.optim.momentum.Sgd;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * An optimizer that a training can name.
 *
 * @param name what the command line calls it
 * @param timesAdam the learning rate where none is given, as a multiple of AdamW's on the same
 *     model: what the method's authors, or its defaults beside Adam's, make of it; a place to
 *     begin, for {@code --lr} to better
 * @param maker makes it over groups of parameters
 */
record Method(String name, double timesAdam, Function<ParamGroup[], GroupOptimizer<?>> maker) {
  static final Method ADAMW = new Method("adamw", 1, AdamW::over);

  /** K. Jordan et al., 2024: 0.02 for the hidden matrices; the rest is AdamW's. */
  static final Method MUON = new Method("muon", 20, Muon::over);

  private static final List<Method> ALL =
      List.of(
          ADAMW,
          new Method("adam", 1, Adam::over),
          // X. Chen et al., 2023, section 5: 3 to 10 times smaller than AdamW's.
          new Method("lion", 0.2, Lion::over),
          MUON,
          new Method("sgd", 300, Sgd::over),
          new Method("momentum", 30, Momentum::over),
          new Method("nesterov", 30, groups -> Momentum.over(groups).nesterov(true)),
          new Method("rmsprop", 1, RmsProp::over),
          new Method("adagrad", 10, Adagrad::over),
          new Method("adadelta", 1_000, Adadelta::over),
          new Method("adamax", 2, Adamax::over),
          new Method("nadam", 1, NAdam::over),
          new Method("radam", 1, RAdam::over),
          new Method("lamb", 5, Lamb::over),
          new Method("lars", 1_000, Lars::over),
          new Method("schedule-free", 2.5, ScheduleFreeAdamW::over));

  /** Their names, for messages. */
  static final String NAMES = ALL.stream().map(Method::name).collect(Collectors.joining(", "));

  static Method of(String name) {
    return ALL.stream()
        .filter(method -> method.name.equals(name))
        .findFirst()
        .orElseThrow(
            () -> new UserError("there is no optimizer \"" + name + "\": give one of " + NAMES));
  }

  /** The learning rate where none is given. */
  double lr(double ofAdam) {
    return timesAdam * ofAdam;
  }

  GroupOptimizer<?> over(ParamGroup... groups) {
    return maker.apply(groups);
  }
}
