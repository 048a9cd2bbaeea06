/** Transposition block by block, on segments. */
@NullMarked
package dev.lanewise.kernel.shape.block.segments;

import org.jspecify.annotations.NullMarked;
