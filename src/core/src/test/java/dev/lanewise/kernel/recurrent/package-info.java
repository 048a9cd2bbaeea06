/** The steps of recurrent layers against their formulas in double precision. */
@NullMarked
package dev.lanewise.kernel.recurrent;

import org.jspecify.annotations.NullMarked;
