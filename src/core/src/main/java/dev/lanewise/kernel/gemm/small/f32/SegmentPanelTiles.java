package dev.lanewise.kernel.gemm.small.f32;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static java.nio.ByteOrder.nativeOrder;

import dev.lanewise.memory.SegmentClass;
import dev.lanewise.simd.Lanes;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@link PanelTiles} on memory of an arena; offsets, leading dimensions and {@code last} in bytes.
 */
final class SegmentPanelTiles {
  private static final VectorSpecies<Float> S = Lanes.F32;
  private static final int RS = Panel.STRIDE;

  private SegmentPanelTiles() {}

  /** As {@link PanelTiles#six}. */
  static void six(
      int rows,
      int k,
      float[] panel,
      MemorySegment b,
      long b0,
      long ldb,
      long last,
      MemorySegment c,
      long c0,
      long ldc) {
    if (b.getClass() != NATIVE || c.getClass() != NATIVE) {
      throw SegmentClass.notNative(b, c);
    }
    FloatVector zero = FloatVector.zero(S);
    FloatVector c0l = zero;
    FloatVector c0r = zero;
    FloatVector c1l = zero;
    FloatVector c1r = zero;
    FloatVector c2l = zero;
    FloatVector c2r = zero;
    FloatVector c3l = zero;
    FloatVector c3r = zero;
    FloatVector c4l = zero;
    FloatVector c4r = zero;
    FloatVector c5l = zero;
    FloatVector c5r = zero;
    long row = b0;
    for (int p = 0; p < k; p++) {
      FloatVector bl = FloatVector.fromMemorySegment(S, b, row, nativeOrder());
      FloatVector br = FloatVector.fromMemorySegment(S, b, row + last, nativeOrder());
      FloatVector x = FloatVector.broadcast(S, panel[p]);
      c0l = x.fma(bl, c0l);
      c0r = x.fma(br, c0r);
      VarHandle.loadLoadFence();
      x = FloatVector.broadcast(S, panel[p + RS]);
      c1l = x.fma(bl, c1l);
      c1r = x.fma(br, c1r);
      VarHandle.loadLoadFence();
      x = FloatVector.broadcast(S, panel[p + 2 * RS]);
      c2l = x.fma(bl, c2l);
      c2r = x.fma(br, c2r);
      VarHandle.loadLoadFence();
      x = FloatVector.broadcast(S, panel[p + 3 * RS]);
      c3l = x.fma(bl, c3l);
      c3r = x.fma(br, c3r);
      VarHandle.loadLoadFence();
      x = FloatVector.broadcast(S, panel[p + 4 * RS]);
      c4l = x.fma(bl, c4l);
      c4r = x.fma(br, c4r);
      VarHandle.loadLoadFence();
      x = FloatVector.broadcast(S, panel[p + 5 * RS]);
      c5l = x.fma(bl, c5l);
      c5r = x.fma(br, c5r);
      VarHandle.loadLoadFence();
      row += ldb;
    }
    row = c0;
    c0l.intoMemorySegment(c, row, nativeOrder());
    c0r.intoMemorySegment(c, row + last, nativeOrder());
    if (rows == 1) {
      return;
    }
    row += ldc;
    c1l.intoMemorySegment(c, row, nativeOrder());
    c1r.intoMemorySegment(c, row + last, nativeOrder());
    if (rows == 2) {
      return;
    }
    row += ldc;
    c2l.intoMemorySegment(c, row, nativeOrder());
    c2r.intoMemorySegment(c, row + last, nativeOrder());
    if (rows == 3) {
      return;
    }
    row += ldc;
    c3l.intoMemorySegment(c, row, nativeOrder());
    c3r.intoMemorySegment(c, row + last, nativeOrder());
    if (rows == 4) {
      return;
    }
    row += ldc;
    c4l.intoMemorySegment(c, row, nativeOrder());
    c4r.intoMemorySegment(c, row + last, nativeOrder());
    if (rows == 5) {
      return;
    }
    row += ldc;
    c5l.intoMemorySegment(c, row, nativeOrder());
    c5r.intoMemorySegment(c, row + last, nativeOrder());
  }

  /** As {@link PanelTiles#sixAdd}. */
  static void sixAdd(
      int rows,
      int k,
      float[] panel,
      MemorySegment b,
      long b0,
      long ldb,
      long last,
      float beta,
      MemorySegment c,
      long c0,
      long ldc) {
    if (b.getClass() != NATIVE || c.getClass() != NATIVE) {
      throw SegmentClass.notNative(b, c);
    }
    long row = c0;
    FloatVector c0l = FloatVector.fromMemorySegment(S, c, row, nativeOrder()).mul(beta);
    FloatVector c0r = FloatVector.fromMemorySegment(S, c, row + last, nativeOrder()).mul(beta);
    row = rows > 1 ? row + ldc : row;
    FloatVector c1l = FloatVector.fromMemorySegment(S, c, row, nativeOrder()).mul(beta);
    FloatVector c1r = FloatVector.fromMemorySegment(S, c, row + last, nativeOrder()).mul(beta);
    row = rows > 2 ? row + ldc : row;
    FloatVector c2l = FloatVector.fromMemorySegment(S, c, row, nativeOrder()).mul(beta);
    FloatVector c2r = FloatVector.fromMemorySegment(S, c, row + last, nativeOrder()).mul(beta);
    row = rows > 3 ? row + ldc : row;
    FloatVector c3l = FloatVector.fromMemorySegment(S, c, row, nativeOrder()).mul(beta);
    FloatVector c3r = FloatVector.fromMemorySegment(S, c, row + last, nativeOrder()).mul(beta);
    row = rows > 4 ? row + ldc : row;
    FloatVector c4l = FloatVector.fromMemorySegment(S, c, row, nativeOrder()).mul(beta);
    FloatVector c4r = FloatVector.fromMemorySegment(S, c, row + last, nativeOrder()).mul(beta);
    row = rows > 5 ? row + ldc : row;
    FloatVector c5l = FloatVector.fromMemorySegment(S, c, row, nativeOrder()).mul(beta);
    FloatVector c5r = FloatVector.fromMemorySegment(S, c, row + last, nativeOrder()).mul(beta);
    row = b0;
    for (int p = 0; p < k; p++) {
      FloatVector bl = FloatVector.fromMemorySegment(S, b, row, nativeOrder());
      FloatVector br = FloatVector.fromMemorySegment(S, b, row + last, nativeOrder());
      FloatVector x = FloatVector.broadcast(S, panel[p]);
      c0l = x.fma(bl, c0l);
      c0r = x.fma(br, c0r);
      VarHandle.loadLoadFence();
      x = FloatVector.broadcast(S, panel[p + RS]);
      c1l = x.fma(bl, c1l);
      c1r = x.fma(br, c1r);
      VarHandle.loadLoadFence();
      x = FloatVector.broadcast(S, panel[p + 2 * RS]);
      c2l = x.fma(bl, c2l);
      c2r = x.fma(br, c2r);
      VarHandle.loadLoadFence();
      x = FloatVector.broadcast(S, panel[p + 3 * RS]);
      c3l = x.fma(bl, c3l);
      c3r = x.fma(br, c3r);
      VarHandle.loadLoadFence();
      x = FloatVector.broadcast(S, panel[p + 4 * RS]);
      c4l = x.fma(bl, c4l);
      c4r = x.fma(br, c4r);
      VarHandle.loadLoadFence();
      x = FloatVector.broadcast(S, panel[p + 5 * RS]);
      c5l = x.fma(bl, c5l);
      c5r = x.fma(br, c5r);
      VarHandle.loadLoadFence();
      row += ldb;
    }
    row = c0;
    c0l.intoMemorySegment(c, row, nativeOrder());
    c0r.intoMemorySegment(c, row + last, nativeOrder());
    if (rows == 1) {
      return;
    }
    row += ldc;
    c1l.intoMemorySegment(c, row, nativeOrder());
    c1r.intoMemorySegment(c, row + last, nativeOrder());
    if (rows == 2) {
      return;
    }
    row += ldc;
    c2l.intoMemorySegment(c, row, nativeOrder());
    c2r.intoMemorySegment(c, row + last, nativeOrder());
    if (rows == 3) {
      return;
    }
    row += ldc;
    c3l.intoMemorySegment(c, row, nativeOrder());
    c3r.intoMemorySegment(c, row + last, nativeOrder());
    if (rows == 4) {
      return;
    }
    row += ldc;
    c4l.intoMemorySegment(c, row, nativeOrder());
    c4r.intoMemorySegment(c, row + last, nativeOrder());
    if (rows == 5) {
      return;
    }
    row += ldc;
    c5l.intoMemorySegment(c, row, nativeOrder());
    c5r.intoMemorySegment(c, row + last, nativeOrder());
  }

  /** As {@link PanelTiles#four}. */
  static void four(
      int rows,
      int k,
      float[] panel,
      MemorySegment b,
      long b0,
      long ldb,
      long last,
      MemorySegment c,
      long c0,
      long ldc) {
    if (b.getClass() != NATIVE || c.getClass() != NATIVE) {
      throw SegmentClass.notNative(b, c);
    }
    FloatVector zero = FloatVector.zero(S);
    FloatVector c0l = zero;
    FloatVector c0r = zero;
    FloatVector c1l = zero;
    FloatVector c1r = zero;
    FloatVector c2l = zero;
    FloatVector c2r = zero;
    FloatVector c3l = zero;
    FloatVector c3r = zero;
    long row = b0;
    for (int p = 0; p < k; p++) {
      FloatVector bl = FloatVector.fromMemorySegment(S, b, row, nativeOrder());
      FloatVector br = FloatVector.fromMemorySegment(S, b, row + last, nativeOrder());
      FloatVector x = FloatVector.broadcast(S, panel[p]);
      c0l = x.fma(bl, c0l);
      c0r = x.fma(br, c0r);
      VarHandle.loadLoadFence();
      x = FloatVector.broadcast(S, panel[p + RS]);
      c1l = x.fma(bl, c1l);
      c1r = x.fma(br, c1r);
      VarHandle.loadLoadFence();
      x = FloatVector.broadcast(S, panel[p + 2 * RS]);
      c2l = x.fma(bl, c2l);
      c2r = x.fma(br, c2r);
      VarHandle.loadLoadFence();
      x = FloatVector.broadcast(S, panel[p + 3 * RS]);
      c3l = x.fma(bl, c3l);
      c3r = x.fma(br, c3r);
      VarHandle.loadLoadFence();
      row += ldb;
    }
    row = c0;
    c0l.intoMemorySegment(c, row, nativeOrder());
    c0r.intoMemorySegment(c, row + last, nativeOrder());
    if (rows == 1) {
      return;
    }
    row += ldc;
    c1l.intoMemorySegment(c, row, nativeOrder());
    c1r.intoMemorySegment(c, row + last, nativeOrder());
    if (rows == 2) {
      return;
    }
    row += ldc;
    c2l.intoMemorySegment(c, row, nativeOrder());
    c2r.intoMemorySegment(c, row + last, nativeOrder());
    if (rows == 3) {
      return;
    }
    row += ldc;
    c3l.intoMemorySegment(c, row, nativeOrder());
    c3r.intoMemorySegment(c, row + last, nativeOrder());
  }

  /** As {@link PanelTiles#fourAdd}. */
  static void fourAdd(
      int rows,
      int k,
      float[] panel,
      MemorySegment b,
      long b0,
      long ldb,
      long last,
      float beta,
      MemorySegment c,
      long c0,
      long ldc) {
    if (b.getClass() != NATIVE || c.getClass() != NATIVE) {
      throw SegmentClass.notNative(b, c);
    }
    long row = c0;
    FloatVector c0l = FloatVector.fromMemorySegment(S, c, row, nativeOrder()).mul(beta);
    FloatVector c0r = FloatVector.fromMemorySegment(S, c, row + last, nativeOrder()).mul(beta);
    row = rows > 1 ? row + ldc : row;
    FloatVector c1l = FloatVector.fromMemorySegment(S, c, row, nativeOrder()).mul(beta);
    FloatVector c1r = FloatVector.fromMemorySegment(S, c, row + last, nativeOrder()).mul(beta);
    row = rows > 2 ? row + ldc : row;
    FloatVector c2l = FloatVector.fromMemorySegment(S, c, row, nativeOrder()).mul(beta);
    FloatVector c2r = FloatVector.fromMemorySegment(S, c, row + last, nativeOrder()).mul(beta);
    row = rows > 3 ? row + ldc : row;
    FloatVector c3l = FloatVector.fromMemorySegment(S, c, row, nativeOrder()).mul(beta);
    FloatVector c3r = FloatVector.fromMemorySegment(S, c, row + last, nativeOrder()).mul(beta);
    row = b0;
    for (int p = 0; p < k; p++) {
      FloatVector bl = FloatVector.fromMemorySegment(S, b, row, nativeOrder());
      FloatVector br = FloatVector.fromMemorySegment(S, b, row + last, nativeOrder());
      FloatVector x = FloatVector.broadcast(S, panel[p]);
      c0l = x.fma(bl, c0l);
      c0r = x.fma(br, c0r);
      VarHandle.loadLoadFence();
      x = FloatVector.broadcast(S, panel[p + RS]);
      c1l = x.fma(bl, c1l);
      c1r = x.fma(br, c1r);
      VarHandle.loadLoadFence();
      x = FloatVector.broadcast(S, panel[p + 2 * RS]);
      c2l = x.fma(bl, c2l);
      c2r = x.fma(br, c2r);
      VarHandle.loadLoadFence();
      x = FloatVector.broadcast(S, panel[p + 3 * RS]);
      c3l = x.fma(bl, c3l);
      c3r = x.fma(br, c3r);
      VarHandle.loadLoadFence();
      row += ldb;
    }
    row = c0;
    c0l.intoMemorySegment(c, row, nativeOrder());
    c0r.intoMemorySegment(c, row + last, nativeOrder());
    if (rows == 1) {
      return;
    }
    row += ldc;
    c1l.intoMemorySegment(c, row, nativeOrder());
    c1r.intoMemorySegment(c, row + last, nativeOrder());
    if (rows == 2) {
      return;
    }
    row += ldc;
    c2l.intoMemorySegment(c, row, nativeOrder());
    c2r.intoMemorySegment(c, row + last, nativeOrder());
    if (rows == 3) {
      return;
    }
    row += ldc;
    c3l.intoMemorySegment(c, row, nativeOrder());
    c3r.intoMemorySegment(c, row + last, nativeOrder());
  }

  /** As {@link PanelTiles#narrow}. */
  static void narrow(
      int rows,
      int k,
      float[] panel,
      MemorySegment b,
      long b0,
      long ldb,
      MemorySegment c,
      long c0,
      long ldc) {
    if (b.getClass() != NATIVE || c.getClass() != NATIVE) {
      throw SegmentClass.notNative(b, c);
    }
    FloatVector zero = FloatVector.zero(S);
    FloatVector c0c = zero;
    FloatVector c1c = zero;
    FloatVector c2c = zero;
    FloatVector c3c = zero;
    FloatVector c4c = zero;
    FloatVector c5c = zero;
    long row = b0;
    for (int p = 0; p < k; p++) {
      FloatVector bc = FloatVector.fromMemorySegment(S, b, row, nativeOrder());
      FloatVector x = FloatVector.broadcast(S, panel[p]);
      c0c = x.fma(bc, c0c);
      VarHandle.loadLoadFence();
      x = FloatVector.broadcast(S, panel[p + RS]);
      c1c = x.fma(bc, c1c);
      VarHandle.loadLoadFence();
      x = FloatVector.broadcast(S, panel[p + 2 * RS]);
      c2c = x.fma(bc, c2c);
      VarHandle.loadLoadFence();
      x = FloatVector.broadcast(S, panel[p + 3 * RS]);
      c3c = x.fma(bc, c3c);
      VarHandle.loadLoadFence();
      x = FloatVector.broadcast(S, panel[p + 4 * RS]);
      c4c = x.fma(bc, c4c);
      VarHandle.loadLoadFence();
      x = FloatVector.broadcast(S, panel[p + 5 * RS]);
      c5c = x.fma(bc, c5c);
      VarHandle.loadLoadFence();
      row += ldb;
    }
    row = c0;
    c0c.intoMemorySegment(c, row, nativeOrder());
    if (rows == 1) {
      return;
    }
    row += ldc;
    c1c.intoMemorySegment(c, row, nativeOrder());
    if (rows == 2) {
      return;
    }
    row += ldc;
    c2c.intoMemorySegment(c, row, nativeOrder());
    if (rows == 3) {
      return;
    }
    row += ldc;
    c3c.intoMemorySegment(c, row, nativeOrder());
    if (rows == 4) {
      return;
    }
    row += ldc;
    c4c.intoMemorySegment(c, row, nativeOrder());
    if (rows == 5) {
      return;
    }
    row += ldc;
    c5c.intoMemorySegment(c, row, nativeOrder());
  }

  /** As {@link PanelTiles#narrowAdd}. */
  static void narrowAdd(
      int rows,
      int k,
      float[] panel,
      MemorySegment b,
      long b0,
      long ldb,
      float beta,
      MemorySegment c,
      long c0,
      long ldc) {
    if (b.getClass() != NATIVE || c.getClass() != NATIVE) {
      throw SegmentClass.notNative(b, c);
    }
    long row = c0;
    FloatVector c0c = FloatVector.fromMemorySegment(S, c, row, nativeOrder()).mul(beta);
    row = rows > 1 ? row + ldc : row;
    FloatVector c1c = FloatVector.fromMemorySegment(S, c, row, nativeOrder()).mul(beta);
    row = rows > 2 ? row + ldc : row;
    FloatVector c2c = FloatVector.fromMemorySegment(S, c, row, nativeOrder()).mul(beta);
    row = rows > 3 ? row + ldc : row;
    FloatVector c3c = FloatVector.fromMemorySegment(S, c, row, nativeOrder()).mul(beta);
    row = rows > 4 ? row + ldc : row;
    FloatVector c4c = FloatVector.fromMemorySegment(S, c, row, nativeOrder()).mul(beta);
    row = rows > 5 ? row + ldc : row;
    FloatVector c5c = FloatVector.fromMemorySegment(S, c, row, nativeOrder()).mul(beta);
    row = b0;
    for (int p = 0; p < k; p++) {
      FloatVector bc = FloatVector.fromMemorySegment(S, b, row, nativeOrder());
      FloatVector x = FloatVector.broadcast(S, panel[p]);
      c0c = x.fma(bc, c0c);
      VarHandle.loadLoadFence();
      x = FloatVector.broadcast(S, panel[p + RS]);
      c1c = x.fma(bc, c1c);
      VarHandle.loadLoadFence();
      x = FloatVector.broadcast(S, panel[p + 2 * RS]);
      c2c = x.fma(bc, c2c);
      VarHandle.loadLoadFence();
      x = FloatVector.broadcast(S, panel[p + 3 * RS]);
      c3c = x.fma(bc, c3c);
      VarHandle.loadLoadFence();
      x = FloatVector.broadcast(S, panel[p + 4 * RS]);
      c4c = x.fma(bc, c4c);
      VarHandle.loadLoadFence();
      x = FloatVector.broadcast(S, panel[p + 5 * RS]);
      c5c = x.fma(bc, c5c);
      VarHandle.loadLoadFence();
      row += ldb;
    }
    row = c0;
    c0c.intoMemorySegment(c, row, nativeOrder());
    if (rows == 1) {
      return;
    }
    row += ldc;
    c1c.intoMemorySegment(c, row, nativeOrder());
    if (rows == 2) {
      return;
    }
    row += ldc;
    c2c.intoMemorySegment(c, row, nativeOrder());
    if (rows == 3) {
      return;
    }
    row += ldc;
    c3c.intoMemorySegment(c, row, nativeOrder());
    if (rows == 4) {
      return;
    }
    row += ldc;
    c4c.intoMemorySegment(c, row, nativeOrder());
    if (rows == 5) {
      return;
    }
    row += ldc;
    c5c.intoMemorySegment(c, row, nativeOrder());
  }
}
