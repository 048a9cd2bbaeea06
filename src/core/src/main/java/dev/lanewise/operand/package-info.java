/** The checks that operands pass at the public edge: matrices, strided vectors, plain ranges. */
@NullMarked
package dev.lanewise.operand;

import org.jspecify.annotations.NullMarked;
