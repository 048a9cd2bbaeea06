/** Off-heap memory: one aligned slab per model, a budget, leak detection, tensor layouts. */
@NullMarked
package dev.lanewise.memory;

import org.jspecify.annotations.NullMarked;
