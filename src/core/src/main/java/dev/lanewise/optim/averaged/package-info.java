/** Methods that take gradients beside an average of their iterates. */
@NullMarked
package dev.lanewise.optim.averaged;

import org.jspecify.annotations.NullMarked;
