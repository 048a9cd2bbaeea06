package dev.lanewise.cli.training;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.blas.Level1;
import dev.lanewise.cli.model.LanguageModel;
import dev.lanewise.cli.report.UserError;
import dev.lanewise.io.Safetensors;
import dev.lanewise.optim.Adam;
import dev.lanewise.optim.AdamW;
import dev.lanewise.optim.GroupOptimizer;
import dev.lanewise.optim.NonFinite;
import dev.lanewise.optim.ParamGroup;
import dev.lanewise.optim.averaged.ScheduleFreeAdamW;
import dev.lanewise.optim.schedule.Schedule;
import dev.lanewise.optim.state.StateType;
import dev.lanewise.parallel.Workers;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * The optimizer of a training, as its loop sees it: one or, where a method is for the hidden
 * matrices alone, two that step together.
 */
final class Stepper {
  private final List<Parameter> parameters;
  private final List<GroupOptimizer<?>> parts = new ArrayList<>();

  /**
   * Makes the optimizer.
   *
   * @param schedule asked once by each part at each step
   */
  Stepper(LanguageModel model, Plan plan, Schedule schedule, Workers workers) {
    parameters = model.parameters();
    List<Parameter> decayed = model.decayed();
    List<Parameter> others = without(parameters, decayed);
    Method method = Method.of(plan.text("optimizer"));
    float lr = (float) plan.number("lr");
    float weightDecay = (float) plan.number("weight-decay");
    if (method.hiddenAlone()) {
      List<Parameter> hidden = model.hiddenMatrices();
      parts.add(method.over(ParamGroup.of(hidden).lr(lr).weightDecay(weightDecay)));
      decayed = without(decayed, hidden);
      lr = (float) (lr / method.timesRest());
      method = Method.ADAMW;
    }
    parts.add(
        method.over(
            ParamGroup.of(decayed).lr(lr).weightDecay(weightDecay),
            ParamGroup.withoutDecay(others).lr(lr)));
    chooseState(plan);
    float clip = (float) plan.number("clip");
    for (GroupOptimizer<?> part : parts) {
      part.decoupledDecay(true).nonFinite(NonFinite.SKIP).schedule(schedule).workers(workers);
      if (clip > 0) {
        part.clipGlobalNorm(clip);
      }
    }
  }

  /** The numbers in which Adam keeps its moments, alone or for what another method leaves to it. */
  private void chooseState(Plan plan) {
    StateType type = plan.stateType();
    boolean taken = type == StateType.FLOAT32;
    for (GroupOptimizer<?> part : parts) {
      if (part instanceof AdamW adam) {
        adam.stateType(type).roundingSeed(plan.whole("seed"));
        taken = true;
      } else if (part instanceof Adam adam) {
        adam.stateType(type).roundingSeed(plan.whole("seed"));
        taken = true;
      }
    }
    if (!taken) {
      throw new UserError(
          "--state "
              + plan.text("state")
              + " is for adamw and adam, --optimizer is "
              + plan.text("optimizer")
              + ": leave it out");
    }
  }

  private static List<Parameter> without(List<Parameter> all, List<Parameter> some) {
    return all.stream().filter(parameter -> !some.contains(parameter)).toList();
  }

  /** Changes every parameter once; false if gradients were not finite, and nothing has changed. */
  boolean step() {
    if (parts.size() > 1 && !finite()) {
      zeroGrad();
      return false;
    }
    boolean stepped = true;
    // By number: an iterator is an object for each step.
    for (int i = 0; i < parts.size(); i++) {
      stepped &= parts.get(i).step();
    }
    return stepped;
  }

  /** Parts that step together look before the first of them has stepped. */
  private boolean finite() {
    for (int i = 0; i < parameters.size(); i++) {
      Parameter parameter = parameters.get(i);
      if (!Float.isFinite(Level1.snrm2(parameter.layout().elements(), parameter.gradient()))) {
        return false;
      }
    }
    return true;
  }

  void zeroGrad() {
    parts.forEach(GroupOptimizer::zeroGrad);
  }

  /** Steps taken; skipped ones do not count. */
  long steps() {
    return parts.getFirst().steps();
  }

  SequencedMap<String, Safetensors.Entry> state() {
    SequencedMap<String, Safetensors.Entry> all = new LinkedHashMap<>();
    parts.forEach(part -> all.putAll(part.state()));
    return all;
  }

  void restore(long steps) {
    parts.forEach(part -> part.restore(steps));
  }

  /** Runs something with the weights that the method wants to be judged by. */
  void withJudgedWeights(Runnable action) {
    ScheduleFreeAdamW averaged =
        parts.getFirst() instanceof ScheduleFreeAdamW free && steps() > 0 ? free : null;
    if (averaged == null) {
      action.run();
      return;
    }
    averaged.toAverage();
    try {
      action.run();
    } finally {
      averaged.toTraining();
    }
  }
}
