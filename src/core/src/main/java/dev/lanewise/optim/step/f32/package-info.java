/**
 * One step of each method in single precision, as a plain static call on arrays or segments of the
 * caller's: for code that has its own tensors and wants the kernels alone.
 *
 * <p>Every call updates the elements {@code [begin, end)}, at the same place in each operand, in
 * one pass on the calling thread, and allocates nothing; the short forms take whole operands. A
 * range can be split among threads at will, with the same bits. What a step does to NaN, the error
 * of each method and its source stand in the documentation of its class.
 *
 * <p>Arguments are checked before the first element is written: operands that are too short, share
 * memory or (segments) lie elsewhere than in an arena, read-only or closed, a step count below 1
 * and hyper-parameters out of range are an {@link IllegalArgumentException} that names them. State
 * is 0 before the first step unless the method says otherwise, and is the caller's to keep.
 */
@NullMarked
package dev.lanewise.optim.step.f32;

import org.jspecify.annotations.NullMarked;
