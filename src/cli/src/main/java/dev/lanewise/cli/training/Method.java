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
import dev.lanewise.optim.factored.Adafactor;
import dev.lanewise.optim.layerwise.Lamb;
import dev.lanewise.optim.layerwise.Lars;
import dev.lanewise.optim.matrix.Muon;
import dev.lanewise.optim.matrix.Shampoo;
import dev.lanewise.optim.matrix.Soap;
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
 * @param timesRest 0, or, if it is for the hidden matrices alone, its learning rate as a multiple
 *     of that of AdamW, to which the rest goes
 * @param maker makes it over groups of parameters
 */
record Method(
    String name,
    double timesAdam,
    double timesRest,
    Function<ParamGroup[], GroupOptimizer<?>> maker) {
  static final Method ADAMW = all("adamw", 1, AdamW::over);

  private static final List<Method> ALL =
      List.of(
          ADAMW,
          all("adam", 1, Adam::over),
          // X. Chen et al., 2023, section 5: 3 to 10 times smaller than AdamW's.
          all("lion", 0.2, Lion::over),
          // K. Jordan et al., 2024: 0.02. A GPT of 4 blocks of width 128 had 2.32 bits per byte
          // after
          // 410,000 tokens with 1/20 of it for the rest, 1.96 with 1/5, 1.90 with 1/2.
          matrices("muon", 20, 2, Muon::over),
          all("sgd", 300, Sgd::over),
          all("momentum", 30, Momentum::over),
          all("nesterov", 30, groups -> Momentum.over(groups).nesterov(true)),
          all("rmsprop", 1, RmsProp::over),
          all("adagrad", 10, Adagrad::over),
          all("adadelta", 1_000, Adadelta::over),
          all("adamax", 2, Adamax::over),
          all("nadam", 1, NAdam::over),
          all("radam", 1, RAdam::over),
          all("lamb", 5, Lamb::over),
          all("lars", 1_000, Lars::over),
          // Its step is that part of the root mean square of each parameter, 1/100 in the paper.
          all("adafactor", 10, groups -> Adafactor.over(groups).relativeStep(false)),
          // Its own default, with roots that are computed at every tenth step.
          matrices("shampoo", 100, 100, groups -> Shampoo.over(groups).momentum(0.9f).interval(10)),
          // N. Vyas et al., 2024: 3e-3.
          matrices("soap", 3, 3, Soap::over),
          all("schedule-free", 2.5, ScheduleFreeAdamW::over));

  /** Their names, for messages. */
  static final String NAMES = ALL.stream().map(Method::name).collect(Collectors.joining(", "));

  private static Method all(
      String name, double timesAdam, Function<ParamGroup[], GroupOptimizer<?>> maker) {
    return new Method(name, timesAdam, 0, maker);
  }

  private static Method matrices(
      String name,
      double timesAdam,
      double timesRest,
      Function<ParamGroup[], GroupOptimizer<?>> maker) {
    return new Method(name, timesAdam, timesRest, maker);
  }

  static Method of(String name) {
    return ALL.stream()
        .filter(method -> method.name.equals(name))
        .findFirst()
        .orElseThrow(
            () -> new UserError("there is no optimizer \"" + name + "\": give one of " + NAMES));
  }

  /** Whether it is for the hidden matrices alone; the rest goes to AdamW. */
  boolean hiddenAlone() {
    return timesRest > 0;
  }

  /** The learning rate where none is given. */
  double lr(double ofAdam) {
    return timesAdam * ofAdam;
  }

  GroupOptimizer<?> over(ParamGroup... groups) {
    return maker.apply(groups);
  }
}
