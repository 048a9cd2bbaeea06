/** Computations that several ops share, to be handed to a tape. */
@NullMarked
package dev.lanewise.autograd.engine.work;

import org.jspecify.annotations.NullMarked;
