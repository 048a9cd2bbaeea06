package dev.lanewise.jmh.tracker.compare;

import dev.lanewise.jmh.tracker.measure.SeriesKey;
import dev.lanewise.jmh.tracker.statistics.RatioInterval;
import dev.lanewise.jmh.tracker.statistics.Verdict;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is shown of one series.
 *
 * @param interval of candidate / base in cost: above 1 where the candidate is slower; null where
 *     nothing was measured
 * @param adjusted the p-value of the signed-rank test after Benjamini and Hochberg
 * @param delta the least relative change that counts
 * @param confirmation the interval of the fresh rounds, null where there was nothing to confirm
 * @param base the median score of each fork, in the order of the rounds
 * @param notes sentences beside the verdict
 */
public record Comparison(
    SeriesKey series,
    String unit,
    Verdict verdict,
    @Nullable RatioInterval interval,
    double adjusted,
    double delta,
    @Nullable RatioInterval confirmation,
    List<Double> base,
    List<Double> candidate,
    List<String> notes) {}
