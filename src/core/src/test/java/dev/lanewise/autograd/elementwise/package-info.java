/** Values and gradients of the ops against double precision. */
@NullMarked
package dev.lanewise.autograd.elementwise;

import org.jspecify.annotations.NullMarked;
