/** Methods that work on the parameters of another one: averages, looking ahead, sharpness. */
@NullMarked
package dev.lanewise.optim.weights;

import org.jspecify.annotations.NullMarked;
