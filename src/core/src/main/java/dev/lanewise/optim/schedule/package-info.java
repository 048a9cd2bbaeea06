/** Learning rates over the steps of a training. */
@NullMarked
package dev.lanewise.optim.schedule;

import org.jspecify.annotations.NullMarked;
