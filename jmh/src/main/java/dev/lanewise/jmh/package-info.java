/**
 * Benchmarks of the kernels, beside the limits of the machine measured in the same run. Each one
 * checks its answer against a plain scalar computation before it measures anything.
 */
@NullMarked
package dev.lanewise.jmh;

import org.jspecify.annotations.NullMarked;
