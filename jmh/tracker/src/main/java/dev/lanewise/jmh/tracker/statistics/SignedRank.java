package dev.lanewise.jmh.tracker.statistics;

import java.util.Arrays;
import org.apache.commons.statistics.inference.PValueMethod;
import org.apache.commons.statistics.inference.WilcoxonSignedRankTest;

/**
 * Wilcoxon's signed-rank test of the hypothesis that differences lie around 0 (F. Wilcoxon, 1945).
 */
public final class SignedRank {
  private SignedRank() {}

  /**
   * The two-sided p-value: exact, except where differences are tied or 0, for which the normal
   * approximation with a correction of ties stands in. 1 where all are 0.
   */
  public static double pValue(double... differences) {
    if (Arrays.stream(differences).allMatch(difference -> difference == 0)) {
      return 1;
    }
    PValueMethod method = hasTies(differences) ? PValueMethod.ASYMPTOTIC : PValueMethod.EXACT;
    return WilcoxonSignedRankTest.withDefaults().with(method).test(differences).getPValue();
  }

  /** The least p-value that this number of rounds can reach. */
  public static double leastPValue(int rounds) {
    return Math.min(1, Math.scalb(2.0, -rounds));
  }

  private static boolean hasTies(double[] differences) {
    double[] magnitudes = Arrays.stream(differences).map(Math::abs).sorted().toArray();
    if (magnitudes[0] == 0) {
      return true;
    }
    for (int i = 1; i < magnitudes.length; i++) {
      if (magnitudes[i] == magnitudes[i - 1]) {
        return true;
      }
    }
    return false;
  }
}
