/** The contract of the optimizer steps. */
@NullMarked
package dev.lanewise.kernel.step;

import org.jspecify.annotations.NullMarked;
