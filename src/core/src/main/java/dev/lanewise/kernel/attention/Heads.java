package dev.lanewise.kernel.attention;

import java.lang.foreign.MemorySegment;

/**
 * Where the heads of an operand lie: row t of head h of sequence b begins at element {@code offset
 * + b * batchStride + h * headStride + t * ld}. Token-major projections, packed ones too, and
 * head-major caches are both of this form.
 *
 * @param memory native memory
 * @param offset elements before the first row
 * @param batchStride elements from one sequence to the next
 * @param headStride elements from one head to the next
 * @param ld elements from one row to the next
 */
public record Heads(MemorySegment memory, long offset, long batchStride, long headStride, int ld) {
  /** The first element of a head. */
  long at(int batch, int head) {
    return offset + batch * batchStride + head * headStride;
  }
}
