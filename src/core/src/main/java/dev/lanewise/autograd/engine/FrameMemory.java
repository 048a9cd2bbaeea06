package dev.lanewise.autograd.engine;

import dev.lanewise.memory.Slab;
import java.lang.foreign.MemorySegment;

/** A frame of a slab: everything lives until it is closed. */
public final class FrameMemory implements StepMemory {
  private final Slab slab;
  private final Slab.Frame frame;

  /** Opens a frame. */
  public FrameMemory(Slab slab) {
    this.slab = slab;
    frame = slab.openFrame();
  }

  @Override
  public MemorySegment allocateFloats(long n) {
    return frame.allocateFloats(n);
  }

  @Override
  public MemorySegment allocateInts(long n) {
    return frame.allocateInts(n);
  }

  @Override
  public StepMemory nested() {
    return new FrameMemory(slab);
  }

  @Override
  public MemorySegment closeKeeping(MemorySegment buffer) {
    return frame.closeKeeping(buffer);
  }

  @Override
  public void close() {
    frame.close();
  }
}
