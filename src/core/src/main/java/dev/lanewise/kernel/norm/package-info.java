/** Normalisations and their gradients. */
@NullMarked
package dev.lanewise.kernel.norm;

import org.jspecify.annotations.NullMarked;
