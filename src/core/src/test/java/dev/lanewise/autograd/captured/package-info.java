/** Steps that are recorded once and replayed. */
@NullMarked
package dev.lanewise.autograd.captured;

import org.jspecify.annotations.NullMarked;
