@NullMarked
package dev.lanewise.simd.math;

import org.jspecify.annotations.NullMarked;
