/** Softmax and its relatives against their oracles. */
@NullMarked
package dev.lanewise.kernel.softmax;

import org.jspecify.annotations.NullMarked;
