/** The contract of the gathering kernels. */
@NullMarked
package dev.lanewise.kernel.gather;

import org.jspecify.annotations.NullMarked;
