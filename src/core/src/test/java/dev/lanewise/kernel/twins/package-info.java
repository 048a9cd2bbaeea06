/** What the build derives from sources, and what it refuses. */
@NullMarked
package dev.lanewise.kernel.twins;

import org.jspecify.annotations.NullMarked;
