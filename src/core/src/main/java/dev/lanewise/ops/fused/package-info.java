/**
 * Ops joined into one pass over memory, on native segments.
 *
 * <p>Operands come first, then sizes, then parameters. What is called scratch is memory that a call
 * uses and nobody else reads.
 */
@NullMarked
package dev.lanewise.ops.fused;

import org.jspecify.annotations.NullMarked;
