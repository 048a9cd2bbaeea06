/** What the off-heap memory promises, as tests. */
@NullMarked
package dev.lanewise.memory;

import org.jspecify.annotations.NullMarked;
