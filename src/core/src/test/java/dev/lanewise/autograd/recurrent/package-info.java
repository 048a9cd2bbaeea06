/** Recurrent layers against the sequence in double precision. */
@NullMarked
package dev.lanewise.autograd.recurrent;

import org.jspecify.annotations.NullMarked;
