package dev.lanewise.ops.conv;

import dev.lanewise.blas.f32.GemmCall;
import dev.lanewise.kernel.conv.Panels;
import dev.lanewise.kernel.conv.Stencil;
import dev.lanewise.kernel.conv.WeightTiles;
import dev.lanewise.kernel.gemm.f32.Matrix;
import dev.lanewise.parallel.Pool;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The gradient by the weights of one group on its way to the threads. It has few elements of many
 * terms, the output pixels; so the samples are put into parts of {@link #PART_PIXELS} pixels or
 * more, whose sums are added up in order. Threads take tiles of the parts, or parts as products.
 * The parts follow from the shape alone. Used as {@link PixelCall} is.
 */
final class WeightCall implements Workers.Task {
  /** Most parts: each but the first costs a pass over a sum as large as the weights. */
  private static final int PARTS = 8;

  /** Fewest output pixels of a part. */
  private static final int PART_PIXELS = 1024;

  /** Below 4 MFLOP waking threads costs more than they save. */
  private static final double PARALLEL_FLOPS = 4e6;

  private static final Pool<WeightCall> POOL = new Pool<>();

  private final Stencil stencil = new Stencil();
  private final Matrix gradient = new Matrix();
  private final Matrix[] sums = new Matrix[PARTS];
  private @Nullable ConvShape shape;
  private MemorySegment x = MemorySegment.NULL;
  private MemorySegment dy = MemorySegment.NULL;
  private MemorySegment dWeight = MemorySegment.NULL;
  private int group;
  private int outputs;
  private float beta;
  private int parts;

  /** Of each part; none where it is a product. */
  private long tiles;

  /** Holds the sums of all parts but the first. */
  private @Nullable Panels scratch;

  private WeightCall() {
    for (int part = 0; part < PARTS; part++) {
      sums[part] = new Matrix();
    }
  }

  static WeightCall borrow() {
    WeightCall call = POOL.poll();
    return call == null ? new WeightCall() : call;
  }

  /** Into how many parts the samples are put. */
  static int parts(ConvShape shape) {
    long size = (long) (shape.outChannels() / shape.groups()) * shape.patch();
    long most = Math.min(PARTS, 1 + Panels.WEIGHTS_SIZE / size);
    return (int)
        Math.clamp(shape.outPixels() / PART_PIXELS, 1, Math.clamp(shape.samples(), 1, most));
  }

  /** Sets what is read and what is written, the tensors of all groups. */
  void set(ConvShape shape, MemorySegment x, MemorySegment dy, MemorySegment dWeight) {
    this.shape = shape;
    this.x = x;
    this.dy = dy;
    this.dWeight = dWeight;
  }

  /**
   * {@code dWeight = beta dWeight + gradient}, for one group.
   *
   * @param direct whether by tiles
   */
  void run(int group, float beta, boolean direct, Workers workers) {
    ConvShape shape = Objects.requireNonNull(this.shape);
    this.group = group;
    this.beta = beta;
    outputs = shape.outChannels() / shape.groups();
    parts = parts(shape);
    scratch = parts > 1 ? Panels.borrow() : null;
    try {
      if (direct) {
        runTiles(shape, workers);
      } else if (parts == 1) {
        product(0, workers);
      } else {
        tiles = 0;
        workers.run(parts, 1, this);
      }
      if (parts > 1) {
        sums[0].set(dWeight, firstWeight(shape), shape.patch(), false);
        int size = Math.multiplyExact(outputs, shape.patch());
        WeightTiles.add(scratch(), parts - 1, size, sums[0]);
      }
    } finally {
      clear();
      POOL.give(this);
    }
  }

  private void runTiles(ConvShape shape, Workers workers) {
    Conv2d.setInputStencil(stencil, shape, x, group);
    gradient.set(dy, (long) group * outputs, shape.outChannels(), false);
    int patch = shape.patch();
    sums[0].set(dWeight, firstWeight(shape), patch, false);
    for (int part = 1; part < parts; part++) {
      sums[part].set(scratch().array(), sum(shape, part), patch, false);
    }
    WeightTiles.prepare(stencil, Math.ceilDiv(shape.samples(), parts), outputs);
    tiles = WeightTiles.tiles(stencil, outputs);
    double flops = 2.0 * shape.samples() * stencil.multipliesPerColumn() * outputs;
    // A thread packs the images of a part for its tiles: one block of them each.
    int blocks = flops < PARALLEL_FLOPS ? 1 : workers.threads();
    long all = Math.multiplyExact(parts, tiles);
    workers.run(all, Math.ceilDiv(all, blocks), this);
  }

  @Override
  public void run(long begin, long end) {
    if (tiles == 0) {
      for (long part = begin; part < end; part++) {
        product((int) part, Conv2d.CALLER);
      }
      return;
    }
    Panels panels = Panels.borrow();
    try {
      for (long tile = begin; tile < end; ) {
        int part = (int) (tile / tiles);
        long first = part * tiles;
        long past = Math.min(end, first + tiles);
        float beta = part == 0 ? this.beta : 0f;
        WeightTiles.run(
            stencil,
            sample(part),
            sample(part + 1),
            gradient,
            outputs,
            beta,
            sums[part],
            tile - first,
            past - first,
            panels);
        tile = past;
      }
    } finally {
      panels.giveBack();
    }
  }

  private void product(int part, Workers workers) {
    ConvShape shape = Objects.requireNonNull(this.shape);
    int sample = sample(part);
    int samples = sample(part + 1) - sample;
    int image = Math.multiplyExact(shape.outHeight(), shape.outWidth());
    long firstPixel = (long) sample * image;
    GemmCall call = GemmCall.borrow();
    call.setA(
        dy, firstPixel * shape.outChannels() + (long) group * outputs, shape.outChannels(), true);
    Conv2d.setInputPatches(call, shape, x, group, sample);
    call.setBToPatches();
    if (part == 0) {
      call.setC(dWeight, firstWeight(shape), shape.patch());
    } else {
      call.setC(scratch().array(), sum(shape, part), shape.patch());
    }
    call.run(
        outputs,
        shape.patch(),
        Math.multiplyExact(samples, image),
        1f,
        part == 0 ? beta : 0f,
        0,
        0,
        0,
        1,
        workers);
  }

  /** Where the gradient lies: the first part is summed there. */
  private long firstWeight(ConvShape shape) {
    return (long) group * outputs * shape.patch();
  }

  /** Where another part is summed in the scratch memory. */
  private long sum(ConvShape shape, int part) {
    return Panels.WEIGHTS + (part - 1L) * outputs * shape.patch();
  }

  private Panels scratch() {
    return Objects.requireNonNull(scratch);
  }

  /** The first sample of a part. */
  private int sample(int part) {
    ConvShape shape = Objects.requireNonNull(this.shape);
    return (int) ((long) shape.samples() * part / parts);
  }

  private void clear() {
    stencil.clear();
    gradient.clear();
    for (Matrix sum : sums) {
      sum.clear();
    }
    shape = null;
    x = MemorySegment.NULL;
    dy = MemorySegment.NULL;
    dWeight = MemorySegment.NULL;
    if (scratch != null) {
      scratch.giveBack();
      scratch = null;
    }
  }
}
