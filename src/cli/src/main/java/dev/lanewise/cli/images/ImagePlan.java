package dev.lanewise.cli.images;

import dev.lanewise.cli.report.Limits;
import dev.lanewise.cli.report.UserError;
import dev.lanewise.cli.training.Budget;
import dev.lanewise.cli.training.LearningRates;
import dev.lanewise.cli.training.Plan;
import dev.lanewise.nn.vision.Augmentation;
import dev.lanewise.nn.vision.ResNetConfig;
import dev.lanewise.optim.schedule.Schedule;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/** All that decides what a training on images does: what was asked for, and defaults. */
public final class ImagePlan {
  /** What the command line calls this kind of model. */
  public static final String MODEL = "resnet";

  /** Pixels by which an image moves at most, as the paper has it for its 32 x 32. */
  private static final int SHIFT = 4;

  private static final String DEFAULT_SECONDS = "110";

  private final SequencedMap<String, String> values = new LinkedHashMap<>();

  private ImagePlan(Map<String, String> given) {
    values.put("model", MODEL);
    values.put("images", "");
    values.put("image-size", "32");
    values.put("flip", Boolean.toString(!given.containsKey("images")));
    values.put("layers", "3");
    values.put("width", "16");
    values.put("batch", "64");
    values.put("lr", "0.003");
    values.put("weight-decay", "0.05");
    values.put("schedule", "cosine");
    values.put("warmup", "0.05");
    values.put("seed", "1");
    if (!given.containsKey(Plan.STEPS)) {
      values.put(Plan.SECONDS, DEFAULT_SECONDS);
    }
    given.forEach(
        (name, value) -> {
          if (!values.containsKey(name) && !name.equals(Plan.STEPS)) {
            throw new UserError("--" + name + " is no option of the model resnet: leave it out");
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
  public static ImagePlan of(Map<String, String> given) {
    return new ImagePlan(given);
  }

  /**
   * The plan of a training that goes on.
   *
   * @param saved the options that it began with
   * @param given what is asked for now: its length, and nothing else that differs
   */
  public static ImagePlan resumed(Map<String, String> saved, Map<String, String> given) {
    return of(Plan.resumedOptions(saved, given));
  }

  private void check() {
    Limits.check("--image-size", whole("image-size"), 1, 1_024);
    Limits.check("--layers", whole("layers"), 1, 100);
    Limits.check("--width", whole("width"), 1, 1_024);
    Limits.check("--batch", whole("batch"), 1, 65_536);
    Limits.checkAbove("--lr", number("lr"), 0, 100);
    Limits.checkFromZero("--weight-decay", number("weight-decay"), 10);
    Limits.checkFromZero("--warmup", number("warmup"), 1);
    if (!List.of(LearningRates.NAMES.split(", ", -1)).contains(text("schedule"))) {
      throw new UserError(
          "there is no schedule \"" + text("schedule") + "\": give one of " + LearningRates.NAMES);
    }
    if (values.containsKey(Plan.STEPS)) {
      Limits.check("--steps", whole(Plan.STEPS), 1, 1_000_000_000);
    } else {
      Limits.checkAbove("--seconds", number(Plan.SECONDS), 0, 1e7);
    }
    whole("seed");
  }

  /** All of it. */
  Map<String, String> values() {
    return Collections.unmodifiableMap(values);
  }

  String text(String name) {
    return values.getOrDefault(name, "");
  }

  long whole(String name) {
    try {
      return Long.parseLong(text(name));
    } catch (NumberFormatException notANumber) {
      throw noNumber(name, "a whole number", notANumber);
    }
  }

  double number(String name) {
    try {
      return Double.parseDouble(text(name));
    } catch (NumberFormatException notANumber) {
      throw noNumber(name, "a number", notANumber);
    }
  }

  private UserError noNumber(String name, String wanted, NumberFormatException cause) {
    return new UserError("--" + name + " = " + text(name) + " is not " + wanted, cause);
  }

  /** Rows of a batch. */
  int batch() {
    return Math.toIntExact(whole("batch"));
  }

  /** When the training is over. */
  Budget budget() {
    return values.containsKey(Plan.STEPS)
        ? new Budget.Steps(whole(Plan.STEPS))
        : new Budget.Seconds(number(Plan.SECONDS));
  }

  /** The factor of the learning rate. */
  Schedule schedule() {
    return LearningRates.of(text("schedule"), number("warmup"), budget().scheduleLength());
  }

  /** The sizes of the network. */
  ResNetConfig config(LabelledImages images) {
    return new ResNetConfig(
        images.channels(),
        images.classes().size(),
        Math.toIntExact(whole("width")),
        Math.toIntExact(whole("layers")));
  }

  /** Moved and, as shapes that are drawn may be, turned; digits that are turned are others. */
  Augmentation augmentation() {
    return new Augmentation(whole("seed"), SHIFT, Boolean.parseBoolean(text("flip")), 0);
  }

  /** Lines and columns that pictures are made to. */
  int imageSize() {
    return Math.toIntExact(whole("image-size"));
  }

  /** The folder of the images, or null for those that are drawn. */
  @Nullable Path images() {
    return text("images").isEmpty() ? null : Path.of(text("images"));
  }
}
