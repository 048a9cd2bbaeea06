/** What the loops of all element-wise kernels share. */
@NullMarked
package dev.lanewise.kernel.loop;

import org.jspecify.annotations.NullMarked;
