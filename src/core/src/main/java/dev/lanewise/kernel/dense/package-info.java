/**
 * Element-wise loops on {@code double[]}, for derivatives of higher order: plain Java, whose sums
 * and products C2 turns into vectors, and {@code Math} for the rest, which is exact to 1 ulp.
 */
@NullMarked
package dev.lanewise.kernel.dense;

import org.jspecify.annotations.NullMarked;
