package dev.lanewise.nn.transformer;

import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.memory.Slab;
import dev.lanewise.ops.gather.ColumnSlice;
import java.lang.foreign.MemorySegment;

/**
 * Keys and values of the tokens that a {@link Gpt} has seen, so that the next one costs one row:
 * f32 of {@code 2 layers context keyHeads headWidth} elements, made at once and given back at
 * close.
 *
 * <p>It holds a frame of its slab: tapes of that slab are opened after it and closed before it. For
 * one thread.
 */
public final class KeyValueCache implements AutoCloseable {
  private final GptConfig config;
  private final Slab.Frame frame;
  private final MemorySegment keys;
  private final MemorySegment values;
  private final int width;
  private int length;

  KeyValueCache(Slab slab, GptConfig config) {
    this.config = config;
    width = config.keyHeads() * config.headWidth();
    frame = slab.openFrame();
    try {
      long elements = Math.multiplyExact((long) config.layers() * config.context(), (long) width);
      keys = frame.allocateFloats(elements);
      values = frame.allocateFloats(elements);
    } catch (Throwable failure) {
      frame.close();
      throw failure;
    }
  }

  /** The model that it is for. */
  public GptConfig config() {
    return config;
  }

  /** Tokens that it holds. */
  public int length() {
    return length;
  }

  /** Tokens that there is room for still. */
  public int room() {
    return config.context() - length;
  }

  /** Forgets all tokens: the next one is the first of a text. */
  public void clear() {
    length = 0;
  }

  /** Gives the memory back; harmless the second time. */
  @Override
  public void close() {
    frame.close();
  }

  /**
   * Puts keys and values of new tokens behind those that are there, which stay the ones that count
   * until {@link #advance}.
   *
   * @param qkv [rows, packed]: queries, keys, values of each token
   * @return the number of tokens with the new ones
   */
  int put(Tape tape, int layer, Tensor qkv) {
    long rows = qkv.layout().dim(0);
    long packed = qkv.layout().dim(1);
    int end = Math.addExact(length, Math.toIntExact(rows));
    copy(tape, qkv, packed - 2L * width, rows(keys, layer, length, end));
    copy(tape, qkv, packed - width, rows(values, layer, length, end));
    return end;
  }

  private void copy(Tape tape, Tensor qkv, long column, MemorySegment to) {
    long rows = qkv.layout().dim(0);
    long packed = qkv.layout().dim(1);
    ColumnSlice.copy(qkv.data(), to, rows, packed, column, width, 0, width, tape.workers());
  }

  /** The new tokens have passed all layers. */
  void advance(int tokens) {
    length = Math.addExact(length, tokens);
  }

  /** [tokens, width] of the first tokens. */
  MemorySegment keys(int layer, int tokens) {
    return rows(keys, layer, 0, tokens);
  }

  /** [tokens, width] of the first tokens. */
  MemorySegment values(int layer, int tokens) {
    return rows(values, layer, 0, tokens);
  }

  private MemorySegment rows(MemorySegment memory, int layer, int begin, int end) {
    long rowBytes = (long) width * Float.BYTES;
    long first = (long) layer * config.context() + begin;
    return memory.asSlice(first * rowBytes, (end - begin) * rowBytes);
  }
}
