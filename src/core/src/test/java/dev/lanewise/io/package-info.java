/** What the tensor files promise, as tests. */
@NullMarked
package dev.lanewise.io;

import org.jspecify.annotations.NullMarked;
