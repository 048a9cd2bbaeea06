/** The training loop with its optimizers, schedules, checkpoints and log. */
@NullMarked
package dev.lanewise.cli.training;

import org.jspecify.annotations.NullMarked;
