package dev.lanewise.kernel.conv;

import dev.lanewise.kernel.gemm.f32.Matrix;
import dev.lanewise.kernel.gemm.f32.Transposer;
import dev.lanewise.kernel.gemm.micro.f32.Blocking;
import dev.lanewise.memory.MemoryBudget;
import dev.lanewise.parallel.Pool;
import dev.lanewise.simd.Lanes;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The scratch memory of one thread inside a convolution. Some 1 MB of heap, counted in the memory
 * budget; borrowed for the time of a call and given back.
 */
public final class Panels {
  /** Under this name the memory budget counts them. */
  private static final String OWNER = "convolution";

  private static final Pool<Panels> POOL = new Pool<>();

  /**
   * 48 bytes: with the header of a large array under G1 each vector of 64 bytes then lies within
   * one cache line.
   */
  private static final int ALIGN = 48 / Float.BYTES;

  /** Elements of the largest tile of output pixels. */
  private static final int TILE_SIZE = 16 * Lanes.F32_LANES;

  /** A tile of zeros. */
  static final int ZERO = ALIGN;

  /** The tile in hand. */
  static final int TILE = ZERO + TILE_SIZE;

  /** Packed weights with their bias, or sums that become their gradient. */
  public static final int WEIGHTS = TILE + TILE_SIZE;

  /** 640 KiB, so that they stay in a second-level cache of 1 MiB beside an image. */
  public static final int WEIGHTS_SIZE = 160 * 1024;

  /** Packed images; before them, room for the end of an overhanging transposition. */
  static final int IMAGE = WEIGHTS + WEIGHTS_SIZE + 64;

  /** 256 KiB. */
  public static final int IMAGE_SIZE = 64 * 1024;

  /** Packed gradients of output pixels; before them, what idle rows of the last tile read. */
  static final int GRADIENT = IMAGE + IMAGE_SIZE + 16 * Stencil.CHUNK;

  /** 128 KiB. */
  public static final int GRADIENT_SIZE = 32 * 1024;

  /** Most output pixels of a line whose gradients are packed together. */
  public static final int PIXELS = 512;

  /**
   * Output pixels whose gradients are packed together, more only where a line has more: with the
   * images they lie in a first-level cache of 32 KiB, or are streamed from the second.
   */
  static final int BLOCK = Blocking.WIDE ? PIXELS : 128;

  /** All of them, in one array so that it is large. */
  final float[] packed = new float[GRADIENT + GRADIENT_SIZE];

  /** Whether all packed weights are finite. */
  boolean finite;

  /** Rows that wait to be transposed. */
  final float[] stage = new float[Transposer.STAGE_SIZE];

  /** Where output pixels lie in the packed images; those of a tile, the first of each run. */
  final int[] places = new int[PIXELS];

  /** Where the runs of a tile begin in the output. */
  final long[] rows = new long[PixelTiles.RUNS];

  /** Pixels of each run. */
  final int[] lengths = new int[PixelTiles.RUNS];

  /** Sums that wait to be transposed. */
  final Matrix sums = new Matrix();

  private Panels() {}

  public static Panels borrow() {
    Panels panels = POOL.poll();
    if (panels == null) {
      panels = new Panels();
      MemoryBudget.global().charge(OWNER, bytes());
    }
    return panels;
  }

  /** What holds everything but the stage, for sums that wait where packed weights would be. */
  public float[] array() {
    return packed;
  }

  /** Whether none of the elements {@code [begin, end)}, whole vectors, is a NaN or an infinity. */
  boolean isFinite(int begin, int end) {
    FloatVector zero = FloatVector.zero(Lanes.F32);
    FloatVector sum = zero;
    for (int i = begin; i < end; i += Lanes.F32_LANES) {
      sum = FloatVector.fromArray(Lanes.F32, packed, i).fma(zero, sum);
    }
    return sum.reduceLanes(VectorOperators.ADD) == 0f;
  }

  public void giveBack() {
    if (!POOL.give(this)) {
      MemoryBudget.global().release(OWNER, bytes());
    }
  }

  private static long bytes() {
    return (long) Float.BYTES * (GRADIENT + GRADIENT_SIZE + Transposer.STAGE_SIZE + PIXELS);
  }
}
