/**
 * Losses of element by element, summed, with their gradients, on {@code float[]} and on native
 * segments.
 *
 * <p>Operands come first, then sizes, then parameters. What is called scratch is memory that a call
 * uses and nobody else reads.
 */
@NullMarked
package dev.lanewise.ops.loss;

import org.jspecify.annotations.NullMarked;
