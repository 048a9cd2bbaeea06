/** How the state of a method is kept. */
@NullMarked
package dev.lanewise.optim.state;

import org.jspecify.annotations.NullMarked;
