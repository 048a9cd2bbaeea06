/** Optimizers over parameters in native memory, and what they share. */
@NullMarked
package dev.lanewise.optim;

import org.jspecify.annotations.NullMarked;
