/** Methods that know that a parameter is a matrix. */
@NullMarked
package dev.lanewise.optim.matrix;

import org.jspecify.annotations.NullMarked;
