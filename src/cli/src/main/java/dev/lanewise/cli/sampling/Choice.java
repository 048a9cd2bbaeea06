package dev.lanewise.cli.sampling;

import dev.lanewise.cli.report.UserError;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * How a token is drawn: the logits are divided by the temperature; of the tokens in the order of
 * their probabilities the first {@code topK} stay, and of those the fewest whose probabilities make
 * {@code topP} of the sum of all that stayed (A. Holtzman et al.: The Curious Case of Neural Text
 * Degeneration, 2020); one of them is drawn by what is left of its probability. Equally likely
 * tokens are in the order of their numbers.
 *
 * @param temperature 1 draws from the model's own distribution, 0 takes the likeliest token
 * @param topK at least 1; more than there are tokens leaves all
 * @param topP above 0; 1 leaves all
 */
public record Choice(double temperature, int topK, double topP) {
  /** Nothing is left out. */
  public static Choice of(double temperature) {
    return new Choice(temperature, Integer.MAX_VALUE, 1);
  }

  /** Draws a token. */
  public int draw(float[] logits, SplittableRandom random) {
    int likeliest = likeliest(logits);
    if (temperature == 0 || topK == 1) {
      return likeliest;
    }
    double[] weights = new double[logits.length];
    for (int token = 0; token < weights.length; token++) {
      weights[token] = Math.exp((logits[token] - logits[likeliest]) / temperature);
    }
    if (topK < logits.length || topP < 1) {
      leaveOut(weights);
    }
    double left = random.nextDouble() * Arrays.stream(weights).sum();
    for (int token = 0; token < weights.length; token++) {
      left -= weights[token];
      if (left < 0) {
        return token;
      }
    }
    return likeliest;
  }

  private static int likeliest(float[] logits) {
    int likeliest = 0;
    for (int token = 0; token < logits.length; token++) {
      if (!Float.isFinite(logits[token])) {
        throw new UserError(
            "the model gives token "
                + token
                + " the logit "
                + logits[token]
                + ": its training has diverged, train another one");
      }
      if (logits[token] > logits[likeliest]) {
        likeliest = token;
      }
    }
    return likeliest;
  }

  /** Sets the weights of all tokens that do not stay to 0. */
  private void leaveOut(double[] weights) {
    // Largest weight first: one number holds weight and token, and the bits of floats that are not
    // negative are in the order of the floats.
    long[] order = new long[weights.length];
    for (int token = 0; token < order.length; token++) {
      int rank = Integer.MAX_VALUE - Float.floatToIntBits((float) weights[token]);
      order[token] = (long) rank << 32 | token;
    }
    Arrays.sort(order);
    int stay = Math.min(topK, order.length);
    double sum = 0;
    for (int i = 0; i < stay; i++) {
      sum += weights[(int) order[i]];
    }
    double wanted = topP * sum;
    double made = 0;
    for (int i = 0; i < order.length; i++) {
      int token = (int) order[i];
      if (i >= stay || (i > 0 && made >= wanted)) {
        weights[token] = 0;
      } else {
        made += weights[token];
      }
    }
  }
}
