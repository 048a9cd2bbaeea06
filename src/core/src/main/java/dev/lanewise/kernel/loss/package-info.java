/** Losses of elements against targets, with their gradients in the same pass. */
@NullMarked
package dev.lanewise.kernel.loss;

import org.jspecify.annotations.NullMarked;
