/** What every operand passes at the public edge, before a kernel sees it. Internal. */
@NullMarked
package dev.lanewise.blas.check;

import org.jspecify.annotations.NullMarked;
