/** Tests of the public normalisations. */
@NullMarked
package dev.lanewise.ops.norm;

import org.jspecify.annotations.NullMarked;
