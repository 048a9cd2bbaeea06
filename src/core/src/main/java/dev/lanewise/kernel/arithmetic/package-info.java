/** What the arithmetic on segments and on arrays shares. */
@NullMarked
package dev.lanewise.kernel.arithmetic;

import org.jspecify.annotations.NullMarked;
