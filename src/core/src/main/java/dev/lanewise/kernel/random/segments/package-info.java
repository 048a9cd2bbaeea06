/** What draws random numbers per element, on segments. */
@NullMarked
package dev.lanewise.kernel.random.segments;

import org.jspecify.annotations.NullMarked;
