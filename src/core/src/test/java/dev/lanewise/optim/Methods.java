package dev.lanewise.optim;

import dev.lanewise.optim.adaptive.Adadelta;
import dev.lanewise.optim.adaptive.Adagrad;
import dev.lanewise.optim.adaptive.Adamax;
import dev.lanewise.optim.adaptive.NAdam;
import dev.lanewise.optim.adaptive.RAdam;
import dev.lanewise.optim.adaptive.RmsProp;
import dev.lanewise.optim.averaged.ScheduleFreeAdamW;
import dev.lanewise.optim.averaged.ScheduleFreeSgd;
import dev.lanewise.optim.factored.Adafactor;
import dev.lanewise.optim.layerwise.Lamb;
import dev.lanewise.optim.layerwise.Lars;
import dev.lanewise.optim.momentum.Lion;
import dev.lanewise.optim.momentum.Momentum;
import dev.lanewise.optim.momentum.Sgd;
import dev.lanewise.optim.schedule.Schedule;
import dev.lanewise.optim.state.StateType;
import java.util.List;
import java.util.function.Function;

/** Every method over groups, with its options. */
final class Methods {
  /**
   * A method.
   *
   * @param rosenbrockLr a learning rate with which it comes down Rosenbrock's valley
   */
  record Method(
      String name, float rosenbrockLr, Function<ParamGroup[], GroupOptimizer<?>> factory) {
    /** A method without a schedule has none. */
    Schedule schedule(int steps) {
      return name.startsWith("schedule-free") ? Schedule.constant() : Schedule.cosine(steps);
    }

    /** Rounding at random goes by the place of an element, coding by its block. */
    boolean knowsPlaces() {
      return name.endsWith(" state");
    }

    /** Where the decay is multiplied by a norm, or reaches another point than the parameters. */
    boolean decaysInItsOwnWay() {
      return name.equals("LAMB")
          || name.equals("LARS")
          || name.equals("Adafactor")
          || name.startsWith("schedule-free");
    }

    GroupOptimizer<?> over(ParamGroup... groups) {
      return factory.apply(groups);
    }

    @Override
    public String toString() {
      return name;
    }
  }

  static final List<Method> ALL =
      List.of(
          new Method("SGD", 2e-3f, Sgd::over),
          new Method("momentum", 1e-3f, Momentum::over),
          new Method("momentum, lr inside", 1e-3f, g -> Momentum.over(g).form(Velocity.LR_INSIDE)),
          new Method("Nesterov", 1e-3f, g -> Momentum.over(g).nesterov(true).dampening(0.1f)),
          new Method("Lion", 1e-2f, Lion::over),
          new Method("Adagrad", 0.5f, g -> Adagrad.over(g).initialSum(0.1f).lrDecay(1e-6f)),
          new Method("RMSProp", 1e-2f, RmsProp::over),
          new Method("RMSProp with momentum", 1e-3f, g -> RmsProp.over(g).momentum(0.9f)),
          new Method("centred RMSProp", 1e-2f, g -> RmsProp.over(g).centred(true)),
          new Method(
              "centred RMSProp with momentum",
              1e-3f,
              g -> RmsProp.over(g).momentum(0.9f).centred(true).eps(1e-3f).epsInRoot(true)),
          new Method("Adadelta", 1, Adadelta::over),
          new Method("Adam", 1e-2f, Adam::over),
          new Method(
              "Adam, eps-hat", 1e-2f, g -> Adam.over(g).biasCorrection(BiasCorrection.EPS_HAT)),
          new Method(
              "Adam, uncorrected", 1e-2f, g -> Adam.over(g).biasCorrection(BiasCorrection.NONE)),
          new Method("AMSGrad", 5e-2f, g -> Adam.over(g).amsGrad(true)),
          new Method("AdamW", 1e-2f, AdamW::over),
          new Method(
              "AdamW, rounded state", 1e-2f, g -> AdamW.over(g).stateType(StateType.BFLOAT16)),
          new Method("AdamW, coded state", 1e-2f, g -> AdamW.over(g).stateType(StateType.BLOCK8)),
          new Method("NAdam", 1e-2f, NAdam::over),
          new Method("RAdam", 1e-2f, RAdam::over),
          new Method("Adamax", 2e-2f, Adamax::over),
          new Method("Adafactor", 1, Adafactor::over),
          new Method(
              "Adafactor, lr itself",
              1e-2f,
              g -> Adafactor.over(g).relativeStep(false).scaleParameter(false).updateClip(2)),
          new Method("LARS", 1e-1f, g -> Lars.over(g).trust(1e-2f)),
          new Method("LAMB", 1e-2f, Lamb::over),
          new Method("schedule-free SGD", 4e-3f, ScheduleFreeSgd::over),
          new Method("schedule-free AdamW", 1e-2f, ScheduleFreeAdamW::over));

  private Methods() {}
}
