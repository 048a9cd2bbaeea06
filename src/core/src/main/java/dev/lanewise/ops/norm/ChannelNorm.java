package dev.lanewise.ops.norm;

import dev.lanewise.kernel.norm.channels.ChannelAffine;
import dev.lanewise.kernel.norm.channels.ChannelGradient;
import dev.lanewise.kernel.norm.channels.ChannelMoments;
import dev.lanewise.kernel.norm.channels.RunningMoments;
import dev.lanewise.kernel.norm.channels.SetBlocks;
import dev.lanewise.operand.Ranges;
import dev.lanewise.ops.call.Call;
import dev.lanewise.ops.call.Grain;
import dev.lanewise.parallel.Workers;
import dev.lanewise.simd.VectorModule;
import java.lang.foreign.MemorySegment;

/**
 * Normalisation of channels that lie together, with a rectifier behind it where one is asked for:
 * of sets of {@code rows} x {@code channels} elements, each group of neighbouring channels of a set
 * is normalised over all rows.
 *
 * <pre>
 * xh      = (x - mean) / sqrt(variance + eps)      mean and biased variance of the group of a set
 * y       = xh weight[channel] + bias[channel]     and 0 where a rectifier finds less
 * dx      = (d - mean(d) - xh mean(d xh)) / sqrt(variance + eps),  d = weight g
 * dWeight += sum of g xh,  dBias += sum of g       g = dy, and 0 where the rectifier has cut off
 * </pre>
 *
 * <p>Batch normalisation (S. Ioffe, C. Szegedy: Batch Normalization, 2015) of images [samples,
 * height, width, channels]: one set of {@code samples height width} rows, as many groups as
 * channels. Group normalisation (Y. Wu, K. He: Group Normalization, 2018): each sample is a set of
 * {@code height width} rows; with one group it is the layer normalisation of a sample, with as many
 * as channels the instance normalisation.
 *
 * <p>A NaN or an infinity makes its group of its set NaN, and nothing else in y and dx, which a
 * rectifier leaves as it is; so do elements whose sum is past the largest float. No sets: nothing
 * is done.
 *
 * <p>x is read twice forward and twice backward. Rows are summed in blocks of 64 to 512, by the
 * number of channels, and the blocks are added in double precision, in order (T. F. Chan, G. H.
 * Golub, R. J. LeVeque: Algorithms for Computing the Sample Variance, 1983): the same bits at every
 * width and for any number of threads.
 *
 * <p>Error, u = 2^-24, h rows in a block: {@code (h / 2 + 6) u variance} for the variance, {@code u
 * |mean| + (h / 2 + 2) u sqrt(variance)} for the mean, {@code (h / 2 + 6) u sum of |g xh|} for
 * dWeight, {@code (h / 2 + 4) u sum of |g|} for dBias, plus u times what they hold; y and dx have 4
 * and 6 u of each of their terms beside what they inherit from these.
 *
 * <p>On native segments, on one thread or several: the same bits, and nothing is allocated.
 * Arguments are checked before the first element is written: an {@link IllegalArgumentException}
 * names both sides of what does not fit.
 */
public final class ChannelNorm {
  /** What the first of several calls does: nothing, its operands have been checked. */
  private static final Call.Kernel CHECKED = (c, begin, end) -> {};

  private static final Call.Kernel MOMENTS =
      (c, begin, end) -> ChannelMoments.partials(c.at(0), c.at(1), c.n1, c.n2, begin, end);

  private static final Call.Kernel STATISTICS =
      (c, begin, end) ->
          ChannelMoments.statistics(
              c.at(0),
              c.at(1),
              c.at(2),
              c.at(3),
              c.at(4),
              c.at(5),
              (float) c.p0,
              c.n1,
              c.n2,
              c.n3,
              begin,
              end);

  private static final Call.Kernel GIVEN =
      (c, begin, end) ->
          ChannelAffine.given(
              c.at(0), c.at(1), c.at(2), c.at(3), c.at(4), (float) c.p0, c.n2, begin, end);

  private static final Call.Kernel AFFINE =
      (c, begin, end) ->
          ChannelAffine.apply(c.at(0), c.at(2), c.at(1), (float) c.p1, c.n1, c.n2, begin, end);

  private static final Call.Kernel SUMS =
      (c, begin, end) ->
          ChannelGradient.partials(
              c.at(0), c.at(1), c.at(2), c.at(3), (float) c.p1, c.n1, c.n2, begin, end);

  private static final Call.Kernel PARAMETERS =
      (c, begin, end) ->
          ChannelGradient.parameters(
              c.at(0), c.at(1), c.at(2), c.at(3), (float) c.p0, c.n0, c.n1, c.n2, c.n3, begin, end);

  private static final Call.Kernel COEFFICIENTS =
      (c, begin, end) ->
          ChannelGradient.coefficients(
              c.at(0),
              c.at(1),
              c.at(2),
              c.at(3),
              (float) c.p0,
              c.n1,
              c.n2,
              c.n3,
              c.n4 == 1,
              begin,
              end);

  private static final Call.Kernel GRADIENT =
      (c, begin, end) ->
          ChannelGradient.apply(
              c.at(0), c.at(1), c.at(3), c.at(2), (float) c.p1, c.n1, c.n2, begin, end);

  private static final Call.Kernel RUNNING =
      (c, begin, end) ->
          RunningMoments.update(c.at(0), c.at(1), c.at(2), c.at(3), (float) c.p0, c.n1, begin, end);

  static {
    VectorModule.require();
  }

  private ChannelNorm() {}

  /** Elements of the coefficients that a forward pass leaves for its backward pass. */
  public static long coefficientElements(long sets, long channels) {
    return Math.multiplyExact(sets, Math.multiplyExact(ChannelAffine.COEFFICIENTS, channels));
  }

  /** Elements of the scratch memory of a pass in either direction. */
  public static long scratchElements(long sets, long rows, long channels) {
    long blocks = Math.multiplyExact(sets, SetBlocks.perSet(rows, channels));
    return Math.multiplyExact(blocks, Math.multiplyExact(ChannelMoments.SUMS, channels));
  }

  /**
   * {@code y = xh weight + bias} with the statistics of x.
   *
   * @param x read: {@code sets rows channels} elements
   * @param weight read: {@code channels} elements
   * @param bias read: {@code channels} elements
   * @param y overwritten: as {@code x}; may be {@code x} itself
   * @param mean overwritten: {@code sets groups} elements
   * @param variance overwritten: {@code sets groups} elements, for the backward pass
   * @param coefficients overwritten: {@link #coefficientElements}, for the backward pass
   * @param scratch overwritten: {@link #scratchElements}
   * @param sets that are normalised apart
   * @param rows of a set, at least 1
   * @param channels of a row, from 1 to 2^31 - 1
   * @param groups of channels, at least 1, of as many each
   * @param eps added to the variance, not negative
   * @param rectified whether what is less than 0 becomes 0
   * @param workers the threads it is split over where that pays
   */
  public static void forward(
      MemorySegment x,
      MemorySegment weight,
      MemorySegment bias,
      MemorySegment y,
      MemorySegment mean,
      MemorySegment variance,
      MemorySegment coefficients,
      MemorySegment scratch,
      long sets,
      long rows,
      long channels,
      long groups,
      float eps,
      boolean rectified,
      Workers workers) {
    checkSizes(sets, rows, channels, groups, eps);
    long elements = sets * rows * channels;
    long parts = scratchElements(sets, rows, channels);
    long kept = coefficientElements(sets, channels);
    Call all =
        Call.borrow()
            .read("x", x, elements)
            .read("weight", weight, channels)
            .read("bias", bias, channels)
            .write("y", y, elements, "x")
            .write("mean", mean, sets * groups)
            .write("variance", variance, sets * groups)
            .write("coefficients", coefficients, kept)
            .write("scratch", scratch, parts);
    all.run(CHECKED, 0, 1, workers);
    Call moments = Call.borrow().read("x", x, elements).write("scratch", scratch, parts);
    runBlocks(moments, MOMENTS, sets, rows, channels, false, workers);
    Call statistics =
        Call.borrow()
            .read("scratch", scratch, parts)
            .read("weight", weight, channels)
            .read("bias", bias, channels)
            .write("mean", mean, sets * groups)
            .write("variance", variance, sets * groups)
            .write("coefficients", coefficients, kept);
    runGroups(statistics, STATISTICS, sets, rows, channels, groups, eps, workers);
    affine(x, y, coefficients, sets, rows, channels, rectified, workers);
  }

  /**
   * {@code y = xh weight + bias} with statistics that are given, as a batch normalisation is used
   * after training: one set, a group for each channel.
   *
   * @param x read: {@code rows channels} elements
   * @param weight read: {@code channels} elements
   * @param bias read: {@code channels} elements
   * @param mean read: {@code channels} elements
   * @param variance read: {@code channels} elements
   * @param y overwritten: as {@code x}; may be {@code x} itself
   * @param coefficients overwritten: {@link #coefficientElements}, for the backward pass
   * @param rows there are, at least 1
   * @param channels of a row, from 1 to 2^31 - 1
   * @param eps added to the variance, not negative
   * @param rectified whether what is less than 0 becomes 0
   * @param workers the threads it is split over where that pays
   */
  public static void infer(
      MemorySegment x,
      MemorySegment weight,
      MemorySegment bias,
      MemorySegment mean,
      MemorySegment variance,
      MemorySegment y,
      MemorySegment coefficients,
      long rows,
      long channels,
      float eps,
      boolean rectified,
      Workers workers) {
    checkSizes(1, rows, channels, channels, eps);
    Call all =
        Call.borrow()
            .read("x", x, rows * channels)
            .read("weight", weight, channels)
            .read("bias", bias, channels)
            .read("mean", mean, channels)
            .read("variance", variance, channels)
            .write("y", y, rows * channels, "x")
            .write("coefficients", coefficients, coefficientElements(1, channels));
    all.run(CHECKED, 0, 1, workers);
    Call given =
        Call.borrow()
            .read("weight", weight, channels)
            .read("bias", bias, channels)
            .read("mean", mean, channels)
            .read("variance", variance, channels)
            .write("coefficients", coefficients, coefficientElements(1, channels));
    runGroups(given, GIVEN, 1, 1, channels, channels, eps, workers);
    affine(x, y, coefficients, 1, rows, channels, rectified, workers);
  }

  private static void affine(
      MemorySegment x,
      MemorySegment y,
      MemorySegment coefficients,
      long sets,
      long rows,
      long channels,
      boolean rectified,
      Workers workers) {
    long elements = sets * rows * channels;
    Call affine =
        Call.borrow()
            .read("x", x, elements)
            .read("coefficients", coefficients, coefficientElements(sets, channels))
            .write("y", y, elements, "x");
    runBlocks(affine, AFFINE, sets, rows, channels, rectified, workers);
  }

  /**
   * The gradients of {@link #forward}, or of {@link #infer} where the statistics were {@code
   * given}: {@code dx} is overwritten, those of the parameters are added to.
   *
   * @param x read: the input of the forward pass, {@code sets rows channels} elements
   * @param weight read: {@code channels} elements
   * @param variance read: that of the forward pass
   * @param dy read: as {@code x}
   * @param dx overwritten: as {@code x}; may be {@code x} or {@code dy} itself
   * @param coefficients read: those of the forward pass; overwritten in part
   * @param scratch overwritten: {@link #scratchElements}
   * @param dWeight accumulated into: {@code channels} elements
   * @param dBias accumulated into: {@code channels} elements
   * @param sets that were normalised apart
   * @param rows of a set, at least 1
   * @param channels of a row, from 1 to 2^31 - 1
   * @param groups of channels, at least 1, of as many each
   * @param eps that of the forward pass
   * @param rectified that of the forward pass
   * @param given whether mean and variance were given, and depend on no x
   * @param workers the threads it is split over where that pays
   */
  public static void backward(
      MemorySegment x,
      MemorySegment weight,
      MemorySegment variance,
      MemorySegment dy,
      MemorySegment dx,
      MemorySegment coefficients,
      MemorySegment scratch,
      MemorySegment dWeight,
      MemorySegment dBias,
      long sets,
      long rows,
      long channels,
      long groups,
      float eps,
      boolean rectified,
      boolean given,
      Workers workers) {
    checkSizes(sets, rows, channels, groups, eps);
    long elements = sets * rows * channels;
    long parts = scratchElements(sets, rows, channels);
    long kept = coefficientElements(sets, channels);
    Call all =
        Call.borrow()
            .read("x", x, elements)
            .read("weight", weight, channels)
            .read("variance", variance, sets * groups)
            .read("dy", dy, elements)
            .write("dx", dx, elements, "x", "dy")
            .write("coefficients", coefficients, kept)
            .write("scratch", scratch, parts)
            .write("dWeight", dWeight, channels)
            .write("dBias", dBias, channels);
    all.run(CHECKED, 0, 1, workers);
    Call sums =
        Call.borrow()
            .read("x", x, elements)
            .read("dy", dy, elements)
            .read("coefficients", coefficients, kept)
            .write("scratch", scratch, parts);
    runBlocks(sums, SUMS, sets, rows, channels, rectified, workers);
    Call parameters =
        Call.borrow()
            .read("scratch", scratch, parts)
            .read("variance", variance, sets * groups)
            .write("dWeight", dWeight, channels)
            .write("dBias", dBias, channels);
    setSizes(parameters, sets, rows, channels, groups, eps);
    parameters.run(PARAMETERS, channels, Grain.rows(Grain.ELEMENTARY, parts / channels), workers);
    Call slopes =
        Call.borrow()
            .read("scratch", scratch, parts)
            .read("weight", weight, channels)
            .read("variance", variance, sets * groups)
            .write("coefficients", coefficients, kept);
    slopes.n4 = given ? 1 : 0;
    runGroups(slopes, COEFFICIENTS, sets, rows, channels, groups, eps, workers);
    Call gradient =
        Call.borrow()
            .read("x", x, elements)
            .read("dy", dy, elements)
            .read("coefficients", coefficients, kept)
            .write("dx", dx, elements, "x", "dy");
    runBlocks(gradient, GRADIENT, sets, rows, channels, rectified, workers);
  }

  /**
   * Takes the statistics of a batch into those of many: {@code running += momentum (batch -
   * running)}, with the unbiased variance, {@code rows / (rows - 1)} times that given, as PyTorch
   * has it. Of one row the running variance becomes NaN.
   *
   * @param mean read: {@code channels} elements
   * @param variance read: {@code channels} elements, biased, as {@link #forward} leaves it
   * @param runningMean read and overwritten: {@code channels} elements
   * @param runningVariance read and overwritten: {@code channels} elements
   * @param rows of the batch, at least 1
   * @param channels of a row, from 1 to 2^31 - 1
   * @param momentum share of this batch, from 0 to 1
   * @param workers the threads it is split over where that pays
   */
  public static void updateRunning(
      MemorySegment mean,
      MemorySegment variance,
      MemorySegment runningMean,
      MemorySegment runningVariance,
      long rows,
      long channels,
      float momentum,
      Workers workers) {
    checkSizes(1, rows, channels, channels, 0);
    Ranges.requireShare("momentum", momentum);
    Call call =
        Call.borrow()
            .read("mean", mean, channels)
            .read("variance", variance, channels)
            .write("runningMean", runningMean, channels)
            .write("runningVariance", runningVariance, channels);
    call.n1 = rows;
    call.p0 = momentum;
    call.run(RUNNING, channels, Grain.ELEMENTARY, workers);
  }

  private static void checkSizes(long sets, long rows, long channels, long groups, float eps) {
    Ranges.requireAtLeastOne("channels", channels);
    Ranges.requireAtLeastOne("rows", rows);
    Ranges.checkRows(rows, channels);
    Ranges.checkPlanes(sets, rows, channels);
    Ranges.checkGroups(channels, 1, groups);
    Ranges.requireNotNegative("eps", eps);
  }

  private static void setSizes(
      Call call, long sets, long rows, long channels, long groups, float eps) {
    call.n0 = sets;
    call.n1 = rows;
    call.n2 = channels;
    call.n3 = groups;
    call.p0 = eps;
  }

  private static void runBlocks(
      Call call,
      Call.Kernel kernel,
      long sets,
      long rows,
      long channels,
      boolean rectified,
      Workers workers) {
    call.n1 = rows;
    call.n2 = channels;
    call.p1 = rectified ? ChannelAffine.RECTIFIED : ChannelAffine.UNBOUNDED;
    long blocks = Math.multiplyExact(sets, SetBlocks.perSet(rows, channels));
    call.run(kernel, blocks, grain(sets, rows, channels, blocks), workers);
  }

  private static void runGroups(
      Call call,
      Call.Kernel kernel,
      long sets,
      long rows,
      long channels,
      long groups,
      float eps,
      Workers workers) {
    setSizes(call, sets, rows, channels, groups, eps);
    long units = sets * groups;
    long parts = scratchElements(sets, rows, channels);
    call.run(kernel, units, Grain.rows(Grain.ELEMENTARY, parts / Math.max(1, units)), workers);
  }

  /** Units that are a block of work, if all of them are so many elements. */
  private static long grain(long sets, long rows, long channels, long units) {
    return Grain.rows(Grain.ARITHMETIC, sets * rows * channels / Math.max(1, units));
  }
}
