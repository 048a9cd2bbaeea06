package dev.lanewise.autograd.engine;

import dev.lanewise.memory.Slab;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Memory by lifetime: values are given back when the vjp of their op has run, gradients when they
 * were used, and taken again by whoever allocates next. For a step that is captured, whose buffers
 * stay where they are from then on.
 */
public final class PooledMemory implements StepMemory {
  private final Blocks blocks;
  private final Deque<List<MemorySegment>> ops = new ArrayDeque<>();
  private List<MemorySegment> current = new ArrayList<>();
  private final List<MemorySegment> lasting = new ArrayList<>();
  private final List<MemorySegment> gradients = new ArrayList<>();
  private final List<MemorySegment> outside;

  private PooledMemory(Blocks blocks, List<MemorySegment> outside) {
    this.blocks = blocks;
    this.outside = outside;
  }

  /** Memory in a frame that has no other use. */
  public static PooledMemory in(Slab.Frame frame) {
    return new PooledMemory(new Blocks(frame), new ArrayList<>());
  }

  /** Bytes of all buffers: the most that the tape and those inside it needed at once. */
  public long bytes() {
    return blocks.bytes();
  }

  @Override
  public MemorySegment allocateFloats(long n) {
    MemorySegment memory = blocks.allocate(n);
    current.add(memory);
    return memory;
  }

  @Override
  public MemorySegment allocateInts(long n) {
    return allocateFloats(n);
  }

  @Override
  public void pin(MemorySegment buffer) {
    blocks.own(buffer);
    lasting.add(buffer);
  }

  @Override
  public void endOp() {
    ops.push(current);
    current = new ArrayList<>();
  }

  @Override
  public void beginBackward() {
    lasting.addAll(current);
    current = new ArrayList<>();
  }

  @Override
  public void releaseOp() {
    ops.pop().forEach(blocks::disown);
  }

  @Override
  public void adopt(MemorySegment gradient) {
    blocks.own(gradient);
    gradients.add(gradient);
  }

  @Override
  public void release(MemorySegment gradient) {
    if (gradients.remove(gradient)) {
      blocks.disown(gradient);
    }
  }

  @Override
  public void endVjp() {
    current.forEach(blocks::disown);
    current.clear();
  }

  @Override
  public StepMemory nested() {
    return new PooledMemory(blocks, current);
  }

  @Override
  public MemorySegment closeKeeping(MemorySegment buffer) {
    blocks.own(buffer);
    outside.add(buffer);
    close();
    return buffer;
  }

  @Override
  public void close() {
    ops.forEach(op -> op.forEach(blocks::disown));
    ops.clear();
    current.forEach(blocks::disown);
    current.clear();
    lasting.forEach(blocks::disown);
    lasting.clear();
    gradients.forEach(blocks::disown);
    gradients.clear();
  }
}
