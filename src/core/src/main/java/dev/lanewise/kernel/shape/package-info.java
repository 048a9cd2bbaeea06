/** What ops that move elements share on segments and on arrays. */
@NullMarked
package dev.lanewise.kernel.shape;

import org.jspecify.annotations.NullMarked;
