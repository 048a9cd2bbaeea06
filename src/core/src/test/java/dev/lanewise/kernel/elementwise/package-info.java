/** The contract of the element-wise kernels. */
@NullMarked
package dev.lanewise.kernel.elementwise;

import org.jspecify.annotations.NullMarked;
