/** Values and gradients of attention against double precision. */
@NullMarked
package dev.lanewise.autograd.attention;

import org.jspecify.annotations.NullMarked;
