/** Vector species: the one width of this JVM. */
@NullMarked
package dev.lanewise.simd;

import org.jspecify.annotations.NullMarked;
