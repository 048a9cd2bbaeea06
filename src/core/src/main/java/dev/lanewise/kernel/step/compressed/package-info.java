/** Steps whose state has fewer bits than the parameters. */
@NullMarked
package dev.lanewise.kernel.step.compressed;

import org.jspecify.annotations.NullMarked;
