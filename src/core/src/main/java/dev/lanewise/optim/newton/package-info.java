/** Newton's method with products of the Hessian alone. */
@NullMarked
package dev.lanewise.optim.newton;

import org.jspecify.annotations.NullMarked;
