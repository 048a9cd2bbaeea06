/** Methods that go along the gradient, a velocity or its sign. */
@NullMarked
package dev.lanewise.optim.momentum;

import org.jspecify.annotations.NullMarked;
