package dev.lanewise.ops.conv;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.lanewise.blas.f32.GemmCall;
import dev.lanewise.kernel.conv.PixelTiles;
import dev.lanewise.kernel.conv.Stencil;
import dev.lanewise.kernel.conv.WeightTiles;
import dev.lanewise.kernel.gemm.f32.Epilogue;
import dev.lanewise.operand.Ranges;
import dev.lanewise.parallel.Workers;
import dev.lanewise.simd.VectorModule;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Two-dimensional convolution (as networks have it: the kernel is not turned round), and its
 * gradients, over images whose channels lie together; see {@link ConvShape} for the sizes.
 *
 * <pre>{@code
 * y[n, y, x, o]     = bias[o] + sum over i, j, c of weight[o, i, j, c] x[n, y strideY - padY + i dilationY, x ..., c]
 * dx                = sum over all y that saw it of weight dy
 * dWeight[o, i, j, c] = sum over n, y, x of dy[n, y, x, o] x[n, y strideY - padY + i dilationY, x ..., c]
 * dBias[o]          = sum over n, y, x of dy[n, y, x, o]: a column sum of dy, see {@code ColumnSum}
 * }</pre>
 *
 * <p>x is 0 outside the images. The images are copied with the zeros around them, some lines at a
 * time, and register tiles read the copy at each element of the kernel. With strides the gradient
 * of the images is a convolution for each phase of their pixels, so no zero between those of dy is
 * multiplied. Where that would leave more than a quarter of the tiles idle, or a kernel is larger
 * than the scratch memory, each is one matrix product for each group whose patches are read out of
 * the images while it packs them (K. Chellapilla, S. Puri, P. Simard, 2006): there the gradient of
 * the images is the convolution of dy, its pixels {@code stride} apart and zeros between them, with
 * the kernels turned round. Which of the two it is depends on the shape alone.
 *
 * <p>The transposed convolution of y is {@link #backwardData} as a forward pass, and {@link
 * #forward} is its gradient.
 *
 * <p>Each element is one chain of fused multiply-adds, over (i, j, c), over (i, j, o) with i and j
 * turned round, over (n, y, x), the last one in up to eight chains for parts of the samples that
 * are added up in order. Tiles without strides or dilation in x take j by three where the width of
 * the kernel is a multiple of that: (i, j / 3, c, j % 3), so that a pixel is loaded once for three
 * of its outputs. The bits depend neither on the vector width nor on threads. {@code |y - exact| <=
 * gamma(terms + 1) sum |weight| |x|}, gamma(n) = n u / (1 - n u), u = 2^-24 (Higham 2002, section
 * 3.1), plus one rounding for the bias. A NaN or an infinity in x reaches every output whose patch
 * has it, also where the weight is 0; in a weight, every output of its channel, also through the
 * zeros around the images. Products of finite weights with those zeros are left out where that
 * saves time; so that it changes no bit, a sum of y or dx that is zero is positive in tiles.
 *
 * <p>On native segments, on one thread or several; nothing is allocated. Arguments are checked
 * before the first element is written: an {@link IllegalArgumentException} names both sides of what
 * does not fit. Outputs must share no memory with inputs.
 */
public final class Conv2d {
  static {
    VectorModule.require();
  }

  /** For memory that is confined to the calling thread. */
  static final Workers CALLER = Workers.of(1);

  private Conv2d() {}

  /**
   * {@code y = conv(x, weight) + bias}.
   *
   * @param x read: {@code shape.inputElements()}
   * @param weight read: {@code shape.weightElements()}
   * @param bias read: one element for each output channel; null for none
   * @param y overwritten: {@code shape.outputElements()}
   */
  public static void forward(
      ConvShape shape,
      MemorySegment x,
      MemorySegment weight,
      @Nullable MemorySegment bias,
      MemorySegment y,
      Workers workers) {
    Ranges.check("x", x, Float.BYTES, shape.inputElements());
    Ranges.check("weight", weight, Float.BYTES, shape.weightElements());
    Ranges.checkWritten("y", y, Float.BYTES, shape.outputElements());
    requireApart("y", y, shape.outputElements(), "x", x, shape.inputElements());
    requireApart("y", y, shape.outputElements(), "weight", weight, shape.weightElements());
    if (bias != null) {
      Ranges.check("bias", bias, Float.BYTES, shape.outChannels());
      requireApart("y", y, shape.outputElements(), "bias", bias, shape.outChannels());
    }
    if (shape.samples() == 0) {
      return;
    }
    boolean confined = bias != null && Ranges.confined(bias);
    Workers threads = confined ? CALLER : threads(workers, x, weight, y);
    int outputs = shape.outChannels() / shape.groups();
    boolean direct = servesForward(shape);
    for (int group = 0; group < shape.groups(); group++) {
      long firstOutput = (long) group * outputs;
      if (direct) {
        PixelCall call = PixelCall.borrow();
        setInputStencil(call.stencil, shape, x, group);
        call.setWeightsByColumns(
            weight, firstOutput * shape.patch(), shape.patch(), shape.groupChannels());
        long line = (long) shape.outWidth() * shape.outChannels();
        call.setOut(y, firstOutput, shape.outChannels(), line, shape.outHeight() * line);
        if (bias != null) {
          call.setBias(bias, firstOutput);
        }
        call.run(shape.samples(), outputs, 0f, threads);
        continue;
      }
      GemmCall call = GemmCall.borrow();
      setInputPatches(call, shape, x, group, 0);
      call.setAToPatches();
      call.setB(weight, firstOutput * shape.patch(), shape.patch(), true);
      call.setC(y, firstOutput, shape.outChannels());
      if (bias != null) {
        call.setEpilogue(Epilogue.BIAS, bias, firstOutput);
      }
      call.run(shape.outPixels(), outputs, shape.patch(), 1f, 0f, 0, 0, 0, 1, threads);
    }
  }

  /**
   * {@code dx = beta dx + the gradient by x}.
   *
   * @param dy read: {@code shape.outputElements()}
   * @param weight read: {@code shape.weightElements()}
   * @param beta 0 to overwrite dx, whatever is in it, 1 to accumulate
   * @param dx {@code shape.inputElements()}
   * @param turned scratch memory of {@code shape.weightElements()}: the kernels turned round, where
   *     the gradient is a matrix product
   */
  public static void backwardData(
      ConvShape shape,
      MemorySegment dy,
      MemorySegment weight,
      float beta,
      MemorySegment dx,
      MemorySegment turned,
      Workers workers) {
    Ranges.check("dy", dy, Float.BYTES, shape.outputElements());
    Ranges.check("weight", weight, Float.BYTES, shape.weightElements());
    Ranges.checkWritten("dx", dx, Float.BYTES, shape.inputElements());
    Ranges.checkWritten("turned", turned, Float.BYTES, shape.weightElements());
    requireApart("dx", dx, shape.inputElements(), "dy", dy, shape.outputElements());
    requireApart("dx", dx, shape.inputElements(), "weight", weight, shape.weightElements());
    requireApart("turned", turned, shape.weightElements(), "dy", dy, shape.outputElements());
    requireApart(
        "turned", turned, shape.weightElements(), "weight", weight, shape.weightElements());
    requireApart("turned", turned, shape.weightElements(), "dx", dx, shape.inputElements());
    if (shape.samples() == 0) {
      return;
    }
    if (servesBackwardData(shape)) {
      Workers threads = threads(workers, dy, dx, weight);
      for (int group = 0; group < shape.groups(); group++) {
        backwardDataByPhases(shape, dy, weight, beta, dx, group, threads);
      }
      return;
    }
    turn(shape, weight, turned);
    Workers threads = threads(workers, dy, dx, turned);
    int outputs = shape.outChannels() / shape.groups();
    int inputs = shape.groupChannels();
    int pixels =
        Math.multiplyExact(shape.samples(), Math.multiplyExact(shape.height(), shape.width()));
    int taps = Math.multiplyExact(shape.kernelHeight(), shape.kernelWidth());
    int terms = Math.multiplyExact(taps, outputs);
    for (int group = 0; group < shape.groups(); group++) {
      GemmCall call = GemmCall.borrow();
      setOutputPatches(call, shape, dy, group);
      call.setAToPatches();
      call.setB(turned, (long) group * terms * inputs, inputs, false);
      call.setC(dx, (long) group * inputs, shape.channels());
      call.run(pixels, inputs, terms, 1f, beta, 0, 0, 0, 1, threads);
    }
  }

  /**
   * {@code dWeight = beta dWeight + the gradient by the weight}.
   *
   * @param x read: {@code shape.inputElements()}
   * @param dy read: {@code shape.outputElements()}
   * @param beta 0 to overwrite dWeight, whatever is in it, 1 to accumulate
   * @param dWeight {@code shape.weightElements()}
   */
  public static void backwardWeight(
      ConvShape shape,
      MemorySegment x,
      MemorySegment dy,
      float beta,
      MemorySegment dWeight,
      Workers workers) {
    Ranges.check("x", x, Float.BYTES, shape.inputElements());
    Ranges.check("dy", dy, Float.BYTES, shape.outputElements());
    Ranges.checkWritten("dWeight", dWeight, Float.BYTES, shape.weightElements());
    requireApart("dWeight", dWeight, shape.weightElements(), "x", x, shape.inputElements());
    requireApart("dWeight", dWeight, shape.weightElements(), "dy", dy, shape.outputElements());
    Workers threads = threads(workers, x, dy, dWeight);
    boolean direct =
        shape.samples() > 0
            && WeightTiles.serve(
                (long) shape.kernelHeight() * shape.kernelWidth(),
                shape.groupChannels(),
                shape.outChannels() / shape.groups(),
                shape.outWidth(),
                reachY(shape),
                reachX(shape),
                shape.strideX());
    for (int group = 0; group < shape.groups(); group++) {
      WeightCall call = WeightCall.borrow();
      call.set(shape, x, dy, dWeight);
      call.run(group, beta, direct, threads);
    }
  }

  /**
   * The pixels of x whose place modulo the strides is the same see the same elements of the kernel:
   * each such phase is a convolution of dy without strides, and no zero is multiplied.
   */
  private static void backwardDataByPhases(
      ConvShape shape,
      MemorySegment dy,
      MemorySegment weight,
      float beta,
      MemorySegment dx,
      int group,
      Workers workers) {
    int outputs = shape.outChannels() / shape.groups();
    int inputs = shape.groupChannels();
    long firstOutput = (long) group * outputs;
    long line = (long) shape.width() * shape.channels();
    for (int y = 0; y < Math.min(shape.strideY(), shape.height()); y++) {
      for (int x = 0; x < Math.min(shape.strideX(), shape.width()); x++) {
        PixelCall call = PixelCall.borrow();
        setOutputStencil(call.stencil, shape, dy, firstOutput, y, x);
        call.setWeightsByChannels(weight, firstOutput * shape.patch(), shape.patch(), inputs);
        call.setOut(
            dx,
            y * line + (long) x * shape.channels() + (long) group * inputs,
            Math.multiplyExact(shape.strideX(), shape.channels()),
            shape.strideY() * line,
            shape.height() * line);
        call.run(shape.samples(), inputs, beta, workers);
      }
    }
  }

  /** Whether {@link #forward} is computed by tiles, at any width of vectors. */
  static boolean servesForward(ConvShape shape) {
    return PixelTiles.serve(
            (long) shape.kernelHeight() * shape.kernelWidth(),
            shape.groupChannels(),
            shape.outWidth(),
            reachY(shape),
            reachX(shape),
            shape.strideX())
        && PixelTiles.fill(shape.outWidth());
  }

  /**
   * The same for {@link #backwardData}. With strides any width will do: the product would multiply
   * the zeros between the pixels.
   */
  static boolean servesBackwardData(ConvShape shape) {
    int width = Math.ceilDiv(shape.width(), shape.strideX());
    return PixelTiles.serve(
            (long) shape.kernelHeight() * shape.kernelWidth(),
            shape.outChannels() / shape.groups(),
            width,
            reachY(shape) / shape.strideY() + 1,
            reachX(shape) / shape.strideX() + 1,
            1)
        && (shape.strideY() > 1 || shape.strideX() > 1 || PixelTiles.fill(width));
  }

  private static long reachY(ConvShape shape) {
    return (long) shape.dilationY() * (shape.kernelHeight() - 1);
  }

  private static long reachX(ConvShape shape) {
    return (long) shape.dilationX() * (shape.kernelWidth() - 1);
  }

  static void setInputStencil(Stencil stencil, ConvShape shape, MemorySegment x, int group) {
    int inputs = shape.groupChannels();
    stencil.setImages(
        x, (long) group * inputs, shape.height(), shape.width(), shape.channels(), inputs);
    stencil.setOutputs(shape.outHeight(), shape.outWidth(), shape.strideY(), shape.strideX());
    int element = 0;
    for (int i = 0; i < shape.kernelHeight(); i++) {
      for (int j = 0; j < shape.kernelWidth(); j++) {
        stencil.addTap(
            i * shape.dilationY() - shape.padY(), j * shape.dilationX() - shape.padX(), element);
        element++;
      }
    }
  }

  /** What the pixels (y, x), strides apart, of x were seen by: the kernel the other way round. */
  private static void setOutputStencil(
      Stencil stencil, ConvShape shape, MemorySegment dy, long firstOutput, int y, int x) {
    stencil.setImages(
        dy,
        firstOutput,
        shape.outHeight(),
        shape.outWidth(),
        shape.outChannels(),
        shape.outChannels() / shape.groups());
    stencil.setOutputs(
        Math.ceilDiv(shape.height() - y, shape.strideY()),
        Math.ceilDiv(shape.width() - x, shape.strideX()),
        1,
        1);
    int element = Math.multiplyExact(shape.kernelHeight(), shape.kernelWidth());
    for (int i = shape.kernelHeight() - 1; i >= 0; i--) {
      int fromY = y + shape.padY() - i * shape.dilationY();
      for (int j = shape.kernelWidth() - 1; j >= 0; j--) {
        int fromX = x + shape.padX() - j * shape.dilationX();
        element--;
        if (fromY % shape.strideY() == 0 && fromX % shape.strideX() == 0) {
          stencil.addTap(fromY / shape.strideY(), fromX / shape.strideX(), element);
        }
      }
    }
  }

  static void setInputPatches(
      GemmCall call, ConvShape shape, MemorySegment x, int group, int sample) {
    int inputs = shape.groupChannels();
    long pixels = (long) sample * shape.height() * shape.width();
    call.setImages(
        x,
        pixels * shape.channels() + (long) group * inputs,
        shape.height(),
        shape.width(),
        shape.channels(),
        inputs);
    call.setPatches(shape.kernelWidth(), shape.outHeight(), shape.outWidth());
    call.setPatchLines(shape.strideY(), shape.padY(), shape.dilationY(), 1);
    call.setPatchColumns(shape.strideX(), shape.padX(), shape.dilationX(), 1);
  }

  /**
   * What a pixel of x was seen by: the kernel the other way round, over dy spread by the strides.
   */
  private static void setOutputPatches(
      GemmCall call, ConvShape shape, MemorySegment dy, int group) {
    int outputs = shape.outChannels() / shape.groups();
    call.setImages(
        dy,
        (long) group * outputs,
        shape.outHeight(),
        shape.outWidth(),
        shape.outChannels(),
        outputs);
    call.setPatches(shape.kernelWidth(), shape.height(), shape.width());
    int reachY = Math.multiplyExact(shape.dilationY(), shape.kernelHeight() - 1);
    int reachX = Math.multiplyExact(shape.dilationX(), shape.kernelWidth() - 1);
    call.setPatchLines(1, reachY - shape.padY(), shape.dilationY(), shape.strideY());
    call.setPatchColumns(1, reachX - shape.padX(), shape.dilationX(), shape.strideX());
  }

  /** {@code turned[group, i, j, o, c] = weight[group o, last i - i, last j - j, c]}. */
  private static void turn(ConvShape shape, MemorySegment weight, MemorySegment turned) {
    int taps = Math.multiplyExact(shape.kernelHeight(), shape.kernelWidth());
    int outputs = shape.outChannels() / shape.groups();
    long inputs = shape.groupChannels();
    long at = 0;
    for (int group = 0; group < shape.groups(); group++) {
      for (int tap = taps - 1; tap >= 0; tap--) {
        for (int output = 0; output < outputs; output++) {
          long from = (((long) group * outputs + output) * taps + tap) * inputs;
          MemorySegment.copy(
              weight,
              JAVA_FLOAT_UNALIGNED,
              Float.BYTES * from,
              turned,
              JAVA_FLOAT_UNALIGNED,
              Float.BYTES * at,
              inputs);
          at += inputs;
        }
      }
    }
  }

  private static Workers threads(
      Workers workers, MemorySegment a, MemorySegment b, MemorySegment c) {
    return Ranges.confined(a) || Ranges.confined(b) || Ranges.confined(c) ? CALLER : workers;
  }

  private static void requireApart(
      String written, MemorySegment y, long n, String name, MemorySegment other, long length) {
    Ranges.checkApart(written, y, n * Float.BYTES, name, other, length * Float.BYTES, false);
  }
}
