/** The contract of the reductions. */
@NullMarked
package dev.lanewise.kernel.reduce;

import org.jspecify.annotations.NullMarked;
