/**
 * Optimizer steps on the caller's own arrays and segments: options here, the methods below by
 * precision.
 */
@NullMarked
package dev.lanewise.optim.step;

import org.jspecify.annotations.NullMarked;
