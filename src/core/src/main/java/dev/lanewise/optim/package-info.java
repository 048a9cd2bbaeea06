/** Optimizers over parameters in native memory, parameter groups and learning-rate schedules. */
@NullMarked
package dev.lanewise.optim;

import org.jspecify.annotations.NullMarked;
