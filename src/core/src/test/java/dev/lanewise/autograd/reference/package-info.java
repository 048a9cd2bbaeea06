/** The ops of the tape beside the same in double precision. */
@NullMarked
package dev.lanewise.autograd.reference;

import org.jspecify.annotations.NullMarked;
