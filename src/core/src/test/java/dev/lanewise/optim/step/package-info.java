/** Steps held to the numbers of other libraries. */
@NullMarked
package dev.lanewise.optim.step;

import org.jspecify.annotations.NullMarked;
