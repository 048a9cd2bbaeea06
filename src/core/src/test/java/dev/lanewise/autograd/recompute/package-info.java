/** Values that are computed again in the backward pass. */
@NullMarked
package dev.lanewise.autograd.recompute;

import org.jspecify.annotations.NullMarked;
