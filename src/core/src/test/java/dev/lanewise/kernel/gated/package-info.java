/** The gated activations against their formulas in double precision. */
@NullMarked
package dev.lanewise.kernel.gated;

import org.jspecify.annotations.NullMarked;
