/** The generator against published numbers, and what draws from it. */
@NullMarked
package dev.lanewise.kernel.random;

import org.jspecify.annotations.NullMarked;
