/** Time for memory: values that are computed again in the backward pass instead of being kept. */
@NullMarked
package dev.lanewise.autograd.recompute;

import org.jspecify.annotations.NullMarked;
