package dev.lanewise.cli.training;

import dev.lanewise.cli.model.ModelKind;
import dev.lanewise.cli.model.ModelShape;
import dev.lanewise.cli.model.file.ModelKinds;
import dev.lanewise.cli.report.Limits;
import dev.lanewise.cli.report.UserError;
import dev.lanewise.cli.text.BytePairs;
import dev.lanewise.cli.text.Tokenizer;
import dev.lanewise.optim.state.StateType;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;

/**
 * All that decides what a training does, as text by the name of its option: what was asked for, and
 * defaults for the rest. A checkpoint holds it, so that a training can go on as it began.
 */
public final class Plan {
  /** Options whose values are the length of a training, of which there is one. */
  public static final String SECONDS = "seconds";

  public static final String STEPS = "steps";

  private static final String DEFAULT_SECONDS = "110";

  /** Where a model has no default of its own. */
  private static final Map<String, String> OF_ALL_MODELS =
      Map.of(
          "corpus", "",
          "corpus-limit", "64",
          "tokenizer", "bytes",
          "optimizer", "adamw",
          "state", "float32",
          "schedule", "cosine",
          "warmup", "0.02",
          "clip", "1.0",
          "seed", "1");

  private final SequencedMap<String, String> values = new LinkedHashMap<>();

  private Plan(Map<String, String> given) {
    ModelKind model = ModelKinds.of(given.getOrDefault("model", ModelKinds.defaultName()));
    values.put("model", model.name());
    values.putAll(OF_ALL_MODELS);
    values.putAll(model.defaults());
    boolean bytes = "bytes".equals(given.getOrDefault("tokenizer", values.get("tokenizer")));
    values.put("vocabulary", bytes ? "256" : "1024");
    if (!given.containsKey(STEPS)) {
      values.put(SECONDS, DEFAULT_SECONDS);
    }
    Method method =
        Method.of(Objects.requireNonNullElse(given.get("optimizer"), text("optimizer")));
    values.put("lr", Float.toString((float) method.lr(model.lrOfAdam())));
    given.forEach(
        (name, value) -> {
          if (!values.containsKey(name) && !name.equals(STEPS)) {
            throw new UserError(
                "--" + name + " is no option of the model " + model.name() + ": leave it out");
          }
          values.put(name, value);
        });
    check();
  }

  /**
   * A plan.
   *
   * @param given by the names of options, without the dashes; the rest has its defaults
   */
  public static Plan of(Map<String, String> given) {
    return new Plan(given);
  }

  /**
   * The plan of a training that goes on.
   *
   * @param saved the plan that it began with
   * @param given what is asked for now: its length, and nothing else that differs
   */
  public static Plan resumed(Map<String, String> saved, Map<String, String> given) {
    return of(resumedOptions(saved, given));
  }

  /** The same as options, of any kind of model. */
  public static Map<String, String> resumedOptions(
      Map<String, String> saved, Map<String, String> given) {
    Map<String, String> options = new LinkedHashMap<>(saved);
    if (given.containsKey(SECONDS) || given.containsKey(STEPS)) {
      options.remove(SECONDS);
      options.remove(STEPS);
    }
    for (Map.Entry<String, String> option : given.entrySet()) {
      String name = option.getKey();
      String before = saved.get(name);
      if (name.equals(SECONDS) || name.equals(STEPS)) {
        options.put(name, option.getValue());
      } else if (!option.getValue().equals(before)) {
        throw new UserError(
            "--"
                + name
                + " is "
                + option.getValue()
                + " here and "
                + (before == null ? "missing" : before)
                + " in the checkpoint: leave it out, or begin a new training without --resume");
      }
    }
    return options;
  }

  /** The names of the optimizers there are. */
  public static List<String> optimizers() {
    return List.of(Method.NAMES.split(", ", -1));
  }

  /** The names of the schedules there are. */
  public static List<String> schedules() {
    return List.of(LearningRates.NAMES.split(", ", -1));
  }

  private void check() {
    Limits.check("--corpus-limit", whole("corpus-limit"), 1, 1_024);
    Limits.check("--batch", whole("batch"), 1, 65_536);
    Limits.check("--vocabulary", whole("vocabulary"), 256, BytePairs.MOST_TOKENS);
    Limits.checkAbove("--lr", number("lr"), 0, 100);
    Limits.checkFromZero("--weight-decay", number("weight-decay"), 10);
    Limits.checkFromZero("--warmup", number("warmup"), 1);
    Limits.checkFromZero("--clip", number("clip"), 1e6);
    whole("seed");
    LearningRates.require(text("schedule"));
    stateType();
    if (text("tokenizer").equals("bytes")) {
      Limits.check("--vocabulary", whole("vocabulary"), 256, 256);
    } else {
      Tokenizer.require(text("tokenizer"));
    }
    if (values.containsKey(STEPS)) {
      Limits.check("--steps", whole(STEPS), 1, 1_000_000_000);
    } else {
      Limits.checkAbove("--seconds", number(SECONDS), 0, 1e7);
    }
    shape(Math.toIntExact(whole("vocabulary")));
  }

  /** All of it. */
  public Map<String, String> values() {
    return Collections.unmodifiableMap(values);
  }

  /** The value of an option. */
  public String text(String name) {
    String value = values.get(name);
    if (value == null) {
      throw new IllegalArgumentException("no option of this plan: " + name);
    }
    return value;
  }

  /** The value of an option that is a whole number. */
  public long whole(String name) {
    try {
      return Long.parseLong(text(name));
    } catch (NumberFormatException notANumber) {
      throw noNumber(name, "a whole number", notANumber);
    }
  }

  /** The value of an option that is a number. */
  public double number(String name) {
    try {
      return Double.parseDouble(text(name));
    } catch (NumberFormatException notANumber) {
      throw noNumber(name, "a number", notANumber);
    }
  }

  private UserError noNumber(String name, String wanted, NumberFormatException cause) {
    return new UserError("--" + name + " = " + text(name) + " is not " + wanted, cause);
  }

  /** When the training is over. */
  public Budget budget() {
    return values.containsKey(STEPS)
        ? new Budget.Steps(whole(STEPS))
        : new Budget.Seconds(number(SECONDS));
  }

  /** The numbers in which the optimizer keeps its state. */
  StateType stateType() {
    for (StateType type : StateType.values()) {
      if (type.name().toLowerCase(Locale.ROOT).equals(text("state"))) {
        return type;
      }
    }
    throw new UserError(
        "there is no state \"" + text("state") + "\": give one of float32, bfloat16, block8");
  }

  /** The model. */
  public ModelShape shape(int vocabulary) {
    Map<String, String> settings = new LinkedHashMap<>(values);
    settings.put("vocabulary", Integer.toString(vocabulary));
    return ModelKinds.of(text("model")).shape(settings);
  }

  /** Rows of a batch. */
  public int batch() {
    return Math.toIntExact(whole("batch"));
  }
}
