/** Steps whose second moment is kept as one number per row and one per column. */
@NullMarked
package dev.lanewise.kernel.step.factored;

import org.jspecify.annotations.NullMarked;
