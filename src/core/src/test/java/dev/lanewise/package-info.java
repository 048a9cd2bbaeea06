/** Tests of the project as a whole. */
@NullMarked
package dev.lanewise;

import org.jspecify.annotations.NullMarked;
