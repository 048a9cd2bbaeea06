/** The gradient before a step. */
@NullMarked
package dev.lanewise.kernel.step.gradient;

import org.jspecify.annotations.NullMarked;
