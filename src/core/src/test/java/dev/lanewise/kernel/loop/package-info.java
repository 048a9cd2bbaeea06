/** The contract of the element-wise kernels. */
@NullMarked
package dev.lanewise.kernel.loop;

import org.jspecify.annotations.NullMarked;
