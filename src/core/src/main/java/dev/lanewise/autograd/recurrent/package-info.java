/** Recurrent layers over whole sequences on the tape. */
@NullMarked
package dev.lanewise.autograd.recurrent;

import org.jspecify.annotations.NullMarked;
