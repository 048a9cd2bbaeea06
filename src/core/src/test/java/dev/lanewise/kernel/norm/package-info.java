/** Normalisations against their oracles. */
@NullMarked
package dev.lanewise.kernel.norm;

import org.jspecify.annotations.NullMarked;
