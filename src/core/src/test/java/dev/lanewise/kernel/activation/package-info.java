/** The activations against their formulas in double precision. */
@NullMarked
package dev.lanewise.kernel.activation;

import org.jspecify.annotations.NullMarked;
