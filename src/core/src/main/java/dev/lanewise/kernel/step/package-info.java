/** Optimizer steps: one pass over parameters, gradients and state. */
@NullMarked
package dev.lanewise.kernel.step;

import org.jspecify.annotations.NullMarked;
