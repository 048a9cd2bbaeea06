/** L-BFGS, which evaluates the loss itself. */
@NullMarked
package dev.lanewise.optim.lbfgs;

import org.jspecify.annotations.NullMarked;
