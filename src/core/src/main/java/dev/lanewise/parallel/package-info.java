/** A persistent pool of threads and the deterministic split of a range over it. */
@NullMarked
package dev.lanewise.parallel;

import org.jspecify.annotations.NullMarked;
