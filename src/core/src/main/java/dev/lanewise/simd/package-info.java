/** Vector species and the elementary functions on them. */
@NullMarked
package dev.lanewise.simd;

import org.jspecify.annotations.NullMarked;
