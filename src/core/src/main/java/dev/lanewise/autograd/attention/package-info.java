/** Differentiable attention. */
@NullMarked
package dev.lanewise.autograd.attention;

import org.jspecify.annotations.NullMarked;
