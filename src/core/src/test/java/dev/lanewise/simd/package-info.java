/** Accuracy and bits of the elementary functions. */
@NullMarked
package dev.lanewise.simd;

import org.jspecify.annotations.NullMarked;
