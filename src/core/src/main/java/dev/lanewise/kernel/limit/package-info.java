/** Kernels that do nothing but reach a limit of the machine, for others to be measured against. */
@NullMarked
package dev.lanewise.kernel.limit;

import org.jspecify.annotations.NullMarked;
