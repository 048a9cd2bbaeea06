package dev.lanewise.cli.model;

import dev.lanewise.cli.report.UserError;
import java.util.Map;
import java.util.function.Function;

/**
 * A kind of model.
 *
 * @param name what the command line calls it
 * @param lrOfAdam the learning rate at which AdamW trains it well
 * @param defaults its hyper-parameters, batch and weight decay where none are given, and what else
 *     it wants otherwise than the others: what learns well in two minutes on two cores
 * @param maker a shape from hyper-parameters by name
 */
public record ModelKind(
    String name,
    double lrOfAdam,
    Map<String, String> defaults,
    Function<Settings, ModelShape> maker) {

  /** Hyper-parameters by name, from a command line or a file: not believed to be sound. */
  public record Settings(Map<String, String> texts) {
    /** One that is a whole number. */
    public int whole(String name) {
      String text = texts.get(name);
      try {
        return Integer.parseInt(text == null ? "" : text);
      } catch (NumberFormatException notANumber) {
        throw missing(name, "whole number", notANumber);
      }
    }

    /** One that is a number. */
    public double number(String name) {
      String text = texts.get(name);
      try {
        return Double.parseDouble(text == null ? "" : text);
      } catch (NumberFormatException notANumber) {
        throw missing(name, "number", notANumber);
      }
    }

    private static UserError missing(String name, String what, NumberFormatException cause) {
      return new UserError("there is no " + what + " for " + name + ": give one", cause);
    }
  }

  /** A shape, all of its hyper-parameters in range. */
  public ModelShape shape(Map<String, String> settings) {
    return maker.apply(new Settings(settings));
  }
}
