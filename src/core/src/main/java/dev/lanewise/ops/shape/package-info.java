/**
 * Matrices in another order, on {@code float[]} and on native segments.
 *
 * <p>Operands come first, then sizes, then parameters. The classes are derived from the kernels of
 * the same name, and so is their documentation.
 */
@NullMarked
package dev.lanewise.ops.shape;

import org.jspecify.annotations.NullMarked;
