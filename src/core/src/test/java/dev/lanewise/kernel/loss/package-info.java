/** Losses against their oracles. */
@NullMarked
package dev.lanewise.kernel.loss;

import org.jspecify.annotations.NullMarked;
