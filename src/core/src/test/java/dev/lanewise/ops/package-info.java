/** The contract of the public ops: every form of each of them, held to its kernel. */
@NullMarked
package dev.lanewise.ops;

import org.jspecify.annotations.NullMarked;
