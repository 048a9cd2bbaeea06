/**
 * Normalisations with their gradients, on native segments; those of rows on {@code float[]} too.
 *
 * <p>Operands come first, then sizes, then parameters. What is called scratch is memory that a call
 * uses and nobody else reads.
 */
@NullMarked
package dev.lanewise.ops.norm;

import org.jspecify.annotations.NullMarked;
