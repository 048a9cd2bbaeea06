/** The conversions to and from 16 bits. */
@NullMarked
package dev.lanewise.kernel.cast;

import org.jspecify.annotations.NullMarked;
